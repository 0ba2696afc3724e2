import { Problem } from "../wire/problem";
import type { JobView } from "../wire/types";
import { sendResumable, type ResumableNeeds } from "./resumable";
import type { Kept } from "./shelf";
import type { Landed, Moved, Ticket, Upload } from "./upload";

export const MIB = 1 << 20;
export const SETTLING_MS = 500;
export const refused = (status: number, code = "internal", retryAfter: number | null = null) => new Problem({ status, code, detail: code, retryAfter });

export type Fault = (offset: number, length: number) => { keep: number; error: Error } | null;

/** A tus server in memory: it keeps what arrives before a fault, as ours does. */
export class FakeServer {
  offset: number | null = null;
  readonly content: number[] = [];
  readonly slices: { offset: number; length: number }[] = [];
  readonly sums: (Uint8Array | null)[] = [];
  readonly rests: number[] = [];
  readonly ended: string[] = [];
  opens = 0;
  looks = 0;
  fault: Fault = () => null;
  lookFault: () => Error | null = () => null;
  openFault: () => Error | null = () => null;
  job: Partial<JobView> | null = null;
  reachable = true;

  constructor(readonly size: number) {}

  readonly open: ResumableNeeds["open"] = async () => {
    const error = this.openFault();
    if (error) throw error;
    this.opens += 1;
    this.offset = 0;
    this.content.length = 0;
    return { url: `/files/${this.opens}`, jobId: `job-${this.opens}` };
  };

  readonly tus: ResumableNeeds["tus"] = {
    end: async (url) => void this.ended.push(url),
    look: async () => {
      this.looks += 1;
      const error = this.lookFault();
      if (error) throw error;
      return this.#standing();
    },
    append: async (_url, offset, body, onSent, signal, sum = null) => {
      signal.throwIfAborted();
      if (this.offset === null) throw refused(404, "not_found");
      if (offset !== this.offset) throw refused(409, "offset_mismatch");
      this.slices.push({ offset, length: body.size });
      this.sums.push(sum);
      const fault = this.fault(offset, body.size);
      const taken = fault?.keep ?? body.size;
      onSent(Math.min(body.size, taken + 1000));
      const bytes = new Uint8Array(await body.slice(0, taken).arrayBuffer());
      for (let at = (4096 - (offset % 4096)) % 4096; at < taken; at += 4096) this.content.push(bytes[at] ?? -1);
      this.offset += taken;
      signal.throwIfAborted();
      if (fault) throw fault.error;
      return this.#standing();
    },
  };

  #standing() {
    if (this.offset === null) throw refused(404, "not_found");
    return { offset: this.offset, size: this.size, expires: null };
  }
}

export interface Run {
  landed: Promise<Landed>;
  abort(): void;
  moves: Moved[];
  tickets: Ticket[];
  said: string[];
  kept: Map<string, Partial<Kept>>;
}

export function start(server: FakeServer, over: Partial<Upload> = {}, kept: Partial<Kept> | null = null, more: Partial<ResumableNeeds> = {}): Run {
  const shelf = new Map<string, Partial<Kept>>(kept ? [["print", kept]] : []);
  const moves: Moved[] = [];
  const tickets: Ticket[] = [];
  const said: string[] = [];
  let now = 0;
  const needs: ResumableNeeds = {
    tus: server.tus,
    open: server.open,
    parts: {} as ResumableNeeds["parts"],
    shelf: {
      claim: async (print) => ({ kept: (shelf.get(print) as Kept) ?? null, release: () => undefined }),
      keep: (entry) => void shelf.set(entry.print, entry),
      note: (print, facts) => void (shelf.has(print) && shelf.set(print, { ...shelf.get(print), ...facts })),
      forget: (print) => void shelf.delete(print),
      hasTwin: () => false,
    },
    print: async () => "print",
    checkpoints: { find: async () => null, keep: async () => undefined, forget: async () => undefined, began: async () => undefined },
    hasAsset: async () => true,
    job: async () => server.job as JobView | null,
    reachable: async () => server.reachable,
    rest: async (ms, signal) => {
      signal.throwIfAborted();
      server.rests.push(ms);
    },
    now: () => (now += 1000),
    chance: () => 0.5,
    ...more,
  };
  const file = new File([pattern(server.size)], "big.bin");
  const upload: Upload = { key: 1, file, path: "big.bin", lane: "interactive", phase: "sending", stored: 0, sent: 0, startedAt: 0, ticket: null, problem: null, group: null, target: null, parts: null, says: null, ...over };
  const sending = sendResumable(needs, upload, { opened: (ticket) => tickets.push(ticket), moved: (moved) => moves.push(moved), says: (text) => said.push(text) });
  return { landed: sending.done, abort: sending.abort, moves, tickets, kept: shelf, said };
}

// Different at each four kilobytes, so that what is left out, doubled or swapped shows.
export function pattern(size: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size; at += 4096) bytes[at] = (at / 4096) % 251;
  return bytes;
}

export function whole(server: FakeServer): boolean {
  return server.offset === server.size && server.content.every((byte, n) => byte === n % 251) && server.content.length === Math.ceil(server.size / 4096);
}

export function once(offset: number, keep: number, error: Error): Fault {
  let done = false;
  return (at) => (at === offset && !done ? ((done = true), { keep, error }) : null);
}
