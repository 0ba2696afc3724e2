import { describe, expect, test } from "vitest";
import { Broken } from "../wire/exchange";
import { Problem } from "../wire/problem";
import type { JobView } from "../wire/types";
import { sendResumable, type ResumableNeeds } from "./resumable";
import type { Kept } from "./shelf";
import type { Landed, Moved, Ticket, Upload } from "./upload";

const MIB = 1 << 20;
const SETTLING_MS = 500;
const refused = (status: number, code = "internal", retryAfter: number | null = null) => new Problem({ status, code, detail: code, retryAfter });

type Fault = (offset: number, length: number) => { keep: number; error: Error } | null;

/** A tus server in memory: it keeps what arrives before a fault, as ours does. */
class FakeServer {
  offset: number | null = null;
  readonly content: number[] = [];
  readonly slices: { offset: number; length: number }[] = [];
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
    return { url: `/files/${this.opens}`, jobId: `job-${this.opens}`, signed: [] };
  };

  readonly tus: ResumableNeeds["tus"] = {
    end: async (url) => void this.ended.push(url),
    look: async () => {
      this.looks += 1;
      const error = this.lookFault();
      if (error) throw error;
      return this.#standing();
    },
    append: async (_url, offset, body, onSent, signal) => {
      signal.throwIfAborted();
      if (this.offset === null) throw refused(404, "not_found");
      if (offset !== this.offset) throw refused(409, "offset_mismatch");
      this.slices.push({ offset, length: body.size });
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

interface Run {
  landed: Promise<Landed>;
  abort(): void;
  moves: Moved[];
  tickets: Ticket[];
  said: string[];
  kept: Map<string, Partial<Kept>>;
}

function start(server: FakeServer, over: Partial<Upload> = {}, kept: Partial<Kept> | null = null, more: Partial<ResumableNeeds> = {}): Run {
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
  const upload: Upload = { key: 1, file, path: "big.bin", lane: "interactive", phase: "sending", stored: 0, sent: 0, startedAt: 0, ticket: null, problem: null, group: null, parts: null, says: null, ...over };
  const sending = sendResumable(needs, upload, { opened: (ticket) => tickets.push(ticket), moved: (moved) => moves.push(moved), says: (text) => said.push(text) });
  return { landed: sending.done, abort: sending.abort, moves, tickets, kept: shelf, said };
}

// Different at each four kilobytes, so that what is left out, doubled or swapped shows.
function pattern(size: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size; at += 4096) bytes[at] = (at / 4096) % 251;
  return bytes;
}

function whole(server: FakeServer): boolean {
  return server.offset === server.size && server.content.every((byte, n) => byte === n % 251) && server.content.length === Math.ceil(server.size / 4096);
}

function once(offset: number, keep: number, error: Error): Fault {
  let done = false;
  return (at) => (at === offset && !done ? ((done = true), { keep, error }) : null);
}

describe("without trouble", () => {
  test("the file arrives whole, in slices, and its job is known from the first byte", async () => {
    const server = new FakeServer(40 * MIB + 5);
    server.job = { id: "job-1", status: "QUEUED" };
    const run = start(server);
    expect(await run.landed).toMatchObject({ job: { id: "job-1" }, problem: null });
    expect(whole(server)).toBe(true);
    expect(run.tickets).toEqual([{ url: "/files/1", jobId: "job-1", print: "print" }]);
    expect(server.slices.length).toBeGreaterThan(1);
    expect(server.looks).toBe(0);
  });

  test("what is told only grows, and ends at the size", async () => {
    const server = new FakeServer(20 * MIB);
    const run = start(server);
    await run.landed;
    const stored = run.moves.map((move) => move.stored);
    expect(stored).toEqual([...stored].sort((a, b) => a - b));
    expect(run.moves.every(({ sent, stored: safe }) => safe <= sent && sent <= server.size)).toBe(true);
    expect(run.moves.reduce((sum, { fresh }) => sum + fresh, 0)).toBe(server.size);
    expect(run.moves.at(-1)).toMatchObject({ phase: "finishing", sent: server.size, stored: server.size });
  });

  test("it is remembered while it is under way, and forgotten when it has arrived", async () => {
    const server = new FakeServer(20 * MIB);
    const seen: unknown[] = [];
    const run = start(server);
    server.fault = (offset) => (seen.push(run.kept.get("print")?.stored), offset < 0 ? { keep: 0, error: new Broken() } : null);
    await run.landed;
    expect(seen).toEqual([0, 4 * MIB, 12 * MIB]);
    expect(run.kept.size).toBe(0);
  });
});

describe("a line that breaks", () => {
  test("is taken up again at the byte that the server has, and no byte it has is sent again", async () => {
    const server = new FakeServer(20 * MIB);
    server.fault = once(0, 3 * MIB, new Broken());
    await start(server).landed;
    expect(whole(server)).toBe(true);
    expect(server.slices[1]?.offset).toBe(3 * MIB);
  });

  test("waits longer each time, and fails with a remedy when nothing comes through for long", async () => {
    const server = new FakeServer(20 * MIB);
    server.fault = () => ({ keep: 0, error: new Broken() });
    await expect(start(server).landed).rejects.toMatchObject({ code: "upload_interrupted" });
    const waits = server.rests.filter((ms) => ms !== SETTLING_MS);
    expect(waits).toEqual([...waits].sort((a, b) => a - b));
    expect(waits).toHaveLength(8);
  });

  test("asks until the server says the same twice: what was on its way may still be being written down", async () => {
    const server = new FakeServer(20 * MIB);
    server.fault = once(0, 0, new Broken());
    const late = [0, MIB, 3 * MIB, 3 * MIB];
    server.lookFault = () => ((server.offset = late.shift() ?? server.offset), null);
    const run = start(server);
    await run.landed;
    expect(server.slices[1]?.offset).toBe(3 * MIB);
    expect(server.looks).toBe(4);
  });

  test("never fails while bytes come through, however often it breaks", async () => {
    const server = new FakeServer(20 * MIB);
    server.fault = (_, length) => (length > MIB / 2 ? { keep: MIB / 2, error: new Broken() } : null);
    await start(server).landed;
    expect(whole(server)).toBe(true);
    expect(server.slices.length).toBeGreaterThan(39);
  });

  test("is an outage if nothing of the server answers: the queue holds the file then", async () => {
    const server = new FakeServer(20 * MIB);
    server.reachable = false;
    server.fault = once(0, MIB, new Broken());
    await expect(start(server).landed).rejects.toBeInstanceOf(Broken);
  });

  test("is none if it is the file that cannot be read any more", async () => {
    const server = new FakeServer(20 * MIB);
    server.fault = once(0, MIB, new Broken());
    const file = new File([pattern(server.size)], "big.bin");
    Object.assign(file, { slice: () => ({ size: 8 * MIB, slice: () => new Blob(), arrayBuffer: () => Promise.reject(new DOMException("", "NotReadableError")) }) });
    await expect(start(server, { file }).landed).rejects.toMatchObject({ code: "file_unreadable" });
  });

  test.each(Array.from({ length: 30 }, (_, n) => n + 1))("a storm of faults, seed %i: every byte arrives, each once", async (seed) => {
    let state = seed * 2654435761;
    const chance = () => ((state = (Math.imul(state ^ (state >>> 15), 2246822519) + 3266489917) | 0) >>> 0) / 2 ** 32;
    const server = new FakeServer(9 * MIB + seed);
    const errors = [() => new Broken(), () => refused(503), () => refused(409, "offset_mismatch"), () => refused(502)];
    server.fault = (_, length) => {
      const error = errors[Math.floor(chance() * 6)];
      return error ? { keep: Math.floor(chance() * length), error: error() } : null;
    };
    server.lookFault = () => (chance() < 0.2 ? new Broken() : null);
    const run = start(server);
    await run.landed;
    expect(whole(server)).toBe(true);
    const stored = run.moves.map((move) => move.stored);
    expect(stored).toEqual([...stored].sort((a, b) => a - b));
  });
});

describe("answers of the server", () => {
  test("busy with finishing is waited for as long as it asks, without counting as trouble", async () => {
    const server = new FakeServer(9 * MIB);
    let asked = 0;
    server.fault = once(4 * MIB, 5 * MIB, refused(423, "not_possible_now", 1000));
    server.lookFault = () => (asked++ < 20 ? refused(423, "not_possible_now", 2000) : null);
    const run = start(server);
    expect((await run.landed).problem).toBeNull();
    expect(server.rests).toEqual([1000, ...Array.from({ length: 20 }, () => 2000)]);
    expect(run.moves.some(({ phase }) => phase === "finishing")).toBe(true);
  });

  test.each([429, 503])("an overloaded server (%i) is asked again when it says so", async (status) => {
    const server = new FakeServer(9 * MIB);
    server.fault = once(0, 0, refused(status, "too_many_bodies", 7000));
    await start(server).landed;
    expect(server.rests).toEqual([7000]);
    expect(whole(server)).toBe(true);
  });

  test("a proxy that takes only small bodies gets small ones", async () => {
    const server = new FakeServer(9 * MIB);
    server.fault = (_, length) => (length > MIB ? { keep: 0, error: refused(413) } : null);
    await start(server).landed;
    expect(whole(server)).toBe(true);
    expect(server.slices.at(-2)?.length).toBe(MIB);
  });

  test("a place for one more upload is waited for", async () => {
    const server = new FakeServer(9 * MIB);
    let asked = 0;
    server.openFault = () => (asked++ < 3 ? refused(429, "too_many_uploads", 5000) : null);
    await start(server).landed;
    expect(server.rests).toEqual([5000, 5000, 5000]);
    expect(whole(server)).toBe(true);
  });

  test("a body that was too slow goes on from where it stands", async () => {
    const server = new FakeServer(9 * MIB);
    server.fault = once(0, MIB, refused(408, "too_slow"));
    await start(server).landed;
    expect(server.slices[1]?.offset).toBe(MIB);
    expect(whole(server)).toBe(true);
  });

  test.each(["too_large", "quota_exceeded"])("a refusal is final: %s", async (code) => {
    const server = new FakeServer(9 * MIB);
    server.openFault = () => refused(413, code);
    await expect(start(server).landed).rejects.toMatchObject({ code });
    expect(server.rests).toEqual([]);
  });

  test("another writer is not fought with", async () => {
    const server = new FakeServer(9 * MIB);
    server.fault = once(0, 0, refused(409, "writer_replaced"));
    await expect(start(server).landed).rejects.toMatchObject({ code: "writer_replaced" });
  });

  test("a sign-out is handed to the queue, and what the server holds is kept", async () => {
    const server = new FakeServer(9 * MIB);
    server.fault = once(4 * MIB, 0, refused(401, "unauthenticated"));
    const run = start(server);
    expect((await run.landed).problem).toMatchObject({ status: 401 });
    expect(run.kept.get("print")).toMatchObject({ stored: 4 * MIB });
  });
});

describe("an upload that is gone", () => {
  const vanish = (server: FakeServer, at: number) => {
    const fault = once(at, 0, refused(410, "upload_gone"));
    server.fault = (offset, length) => {
      const hit = fault(offset, length);
      if (hit) server.offset = null;
      return hit;
    };
  };

  test("is begun anew once", async () => {
    const server = new FakeServer(9 * MIB);
    vanish(server, 4 * MIB);
    const run = start(server);
    await run.landed;
    expect(server.opens).toBe(2);
    expect(whole(server)).toBe(true);
    expect(run.tickets.map(({ jobId }) => jobId)).toEqual(["job-1", "job-2"]);
  });

  test("fails the second time", async () => {
    const server = new FakeServer(9 * MIB);
    server.fault = () => ({ keep: 0, error: refused(410, "upload_gone") });
    await expect(start(server).landed).rejects.toMatchObject({ status: 410 });
    expect(server.opens).toBe(2);
  });

  test("leaves it to its job's row if somebody cancelled it", async () => {
    const server = new FakeServer(9 * MIB);
    vanish(server, 4 * MIB);
    server.job = { id: "job-1", status: "CANCELLED", code: null };
    expect((await start(server).landed).problem).toMatchObject({ jobId: "job-1" });
    expect(server.opens).toBe(1);
  });

  test("has arrived if its job says so", async () => {
    const server = new FakeServer(9 * MIB);
    vanish(server, 4 * MIB);
    server.job = { id: "job-1", status: "PROCESSING" };
    expect(await start(server).landed).toMatchObject({ job: { id: "job-1" }, problem: null });
  });
});

describe("after a reload", () => {
  test("a file that was changed since is begun anew, and says so", async () => {
    const server = new FakeServer(12 * MIB);
    server.offset = 6 * MIB;
    const last = { start: 5 * MIB, end: 6 * MIB, sum: "of what was there" };
    const run = start(server, {}, { print: "print", url: "/files/0", jobId: "job-0", stored: 6 * MIB, marks: { first: null, last } });
    expect((await run.landed).problem).toBeNull();
    expect(run.said).toEqual(["The file was changed since it was interrupted, so it begins anew"]);
    expect(server.ended).toEqual(["/files/0"]);
    expect(server.opens).toBe(1);
    expect(server.slices[0]?.offset).toBe(0);
  });

  test("what was acknowledged is remembered by its checksum", async () => {
    const server = new FakeServer(12 * MIB);
    const noted: Partial<Kept>[] = [];
    await start(server, {}, null, {
      shelf: { claim: async () => ({ kept: null, release: () => undefined }), keep: () => undefined, note: (_, facts) => void noted.push(facts), forget: () => undefined, hasTwin: () => true },
    }).landed;
    const marks = noted.flatMap(({ marks }) => marks ?? []);
    expect(marks[0]?.first).toMatchObject({ start: 0 });
    expect(marks.at(-1)?.last?.end).toBe(12 * MIB);
  });

  const kept = { print: "print", url: "/files/0", jobId: "job-0", stored: 5 * MIB };

  test("the rest is sent from the server's offset, and nothing is opened", async () => {
    const server = new FakeServer(9 * MIB);
    server.offset = 6 * MIB; // more than this browser knew of
    const run = start(server, {}, kept);
    await run.landed;
    expect(server.opens).toBe(0);
    expect(server.slices[0]?.offset).toBe(6 * MIB);
    expect(run.tickets).toEqual([{ url: "/files/0", jobId: "job-0", print: "print", partSize: null }]);
    expect(run.moves.reduce((sum, { fresh }) => sum + fresh, 0)).toBe(3 * MIB); // speed is made of these alone
  });

  test("an upload whose last answer was lost sends no byte", async () => {
    const server = new FakeServer(9 * MIB);
    server.offset = server.size;
    const run = start(server, {}, kept);
    expect((await run.landed).problem).toBeNull();
    expect(server.slices).toEqual([]);
    expect(run.kept.size).toBe(0);
  });

  test("one that the server has forgotten is begun anew, whatever became of its job", async () => {
    const server = new FakeServer(9 * MIB);
    server.job = { id: "job-0", status: "CANCELLED" };
    const run = start(server, {}, kept);
    await run.landed;
    expect(server.opens).toBe(1);
    expect(whole(server)).toBe(true);
  });

  test("one that another window sends is left to it, or sent as another file", async () => {
    const server = new FakeServer(9 * MIB);
    const taken = { claim: async () => null, keep: () => expect.unreachable(), note: () => undefined, forget: () => undefined, hasTwin: () => false };
    await start(server, {}, null, { shelf: taken }).landed;
    expect(whole(server)).toBe(true);
    const ticket = { url: "/files/1", jobId: "job-1", print: "print" };
    await expect(start(server, { ticket }, null, { shelf: taken }).landed).rejects.toMatchObject({ code: "sent_elsewhere" });
  });
});

describe("stopping", () => {
  test("in the middle keeps what is remembered, and going on asks for the offset first", async () => {
    const server = new FakeServer(20 * MIB);
    const run = start(server);
    server.fault = (offset) => (offset > 0 ? (run.abort(), { keep: MIB, error: new Broken() }) : null);
    await expect(run.landed).rejects.toMatchObject({ name: "AbortError" });
    expect(run.kept.size).toBe(1);
    server.fault = () => null;
    await start(server, { ticket: run.tickets[0] ?? null }).landed;
    expect(server.looks).toBe(1);
    expect(server.slices[2]?.offset).toBe(5 * MIB);
    expect(whole(server)).toBe(true);
    expect(server.opens).toBe(1);
  });

  test("while the upload is being opened still tells which one it is, so that it can be ended", async () => {
    const server = new FakeServer(20 * MIB);
    const run = start(server);
    run.abort();
    await expect(run.landed).rejects.toMatchObject({ name: "AbortError" });
    expect(run.tickets.length).toBe(server.opens);
  });
});
