import type { DroppedGroup } from "../groups/dropped";
import { Broken } from "../wire/exchange";
import { asProblem, Problem } from "../wire/problem";
import { Store } from "../wire/store";
import type { JobView } from "../wire/types";
import { Brush } from "./brush";
import { Outage } from "./outage";
import { isResumable } from "./slices";
import { Tallies } from "./tallies";
import { paused, waiting, type Hears, type Landed, type Moved, type Sending, type Ticket, type Upload } from "./upload";
import { IDLE, look, type QueueView } from "./view";
import { isLitter, type Picked } from "./walk";

export interface QueueNeeds {
  send(upload: Upload, hears: Hears): Sending;
  /** What speaks against a file before a byte is sent. */
  refusal(file: File): Problem | null;
  /** A job row that takes over from the local one. */
  landed(job: JobView, upload: Upload): void;
  /** Frees what the server holds of an upload that nobody wants any more. */
  discard(ticket: Ticket): void;
  /** No file is left that this group waits for. */
  emptied(group: DroppedGroup): void;
  /** True if the server answers at all. */
  reachable(): Promise<boolean>;
  now(): number;
  later(run: () => void, ms: number): void;
}

const AT_ONCE = 3; // browsers allow six connections to a host; the rest of the page needs some
const BULK_FROM = 25; // so many at once are an import: people who wait for one file go first

/** An upload on its way. */
interface Held {
  upload: Upload;
  sending: Sending | null;
  /** Why it is being stopped, if it is. */
  stopping: "pause" | "cancel" | null;
}

/** Sends files a few at a time, holds them through outages, and tells the page ten times a second at most. */
export class UploadQueue {
  readonly view = new Store<QueueView>(IDLE);
  readonly #needs: QueueNeeds;
  readonly #sending = new Map<number, Held>();
  readonly #tallies = new Tallies();
  readonly #outage: Outage;
  readonly #brush: Brush;
  #waiting: Upload[] = [];
  #paused: Upload[] = [];
  #failed: Upload[] = [];
  #groups: ReadonlySet<DroppedGroup> = new Set();
  #keys = 0;
  #resting = false;

  constructor(needs: QueueNeeds) {
    this.#needs = needs;
    this.#outage = new Outage(needs, () => this.#pump());
    this.#brush = new Brush(needs, () => this.#show());
  }

  add(picked: readonly Picked[]): void {
    const wanted = picked.filter(({ file }) => !isLitter(file.name));
    this.#tallies.all.litter += picked.length - wanted.length;
    const lane = wanted.length + this.#waiting.length >= BULK_FROM ? "bulk" : "interactive";
    for (const { file, path, group, target = null } of wanted) {
      const key = ++this.#keys;
      this.#enter({ key, file, path, lane, phase: "waiting", stored: 0, sent: 0, startedAt: 0, ticket: null, problem: null, group, target, parts: null, says: null });
    }
    this.#pump();
  }

  /** True of a file that has a place here, by name and size, for the same asset or none. */
  holds(name: string, size: number, asset?: string): boolean {
    return [...this.#all(), ...this.#failed].some(({ file, target }) => file.name === name && file.size === size && target?.id === asset);
  }

  // --- what a person asks for

  pause(key: number): void {
    const held = this.#sending.get(key);
    if (held && isResumable(held.upload)) this.#stop(held, "pause");
    this.#paused.push(...this.#takeWaiting((upload) => upload.key === key).map(paused));
    this.#brush.soon();
  }

  /** Begins nothing new; small files that are on their way arrive, for they could not go on from their middle. */
  pauseAll(): void {
    this.#resting = true;
    for (const held of this.#sending.values()) if (isResumable(held.upload)) this.#stop(held, "pause");
    this.#brush.soon();
  }

  resume(key: number): void {
    const wanted = this.#paused.find((upload) => upload.key === key);
    if (!wanted) return;
    this.#paused = this.#paused.filter((upload) => upload !== wanted);
    if (!this.#outage.isOn && this.#sending.size < AT_ONCE) void this.#carry(wanted);
    else this.#waiting.unshift(waiting(wanted));
    this.#pump();
  }

  resumeAll(): void {
    this.#resting = false;
    this.#waiting.unshift(...this.#paused.splice(0).map(waiting));
    this.#pump();
  }

  cancel(key: number): void {
    this.#cancel((upload) => upload.key === key);
    this.#failed = this.#failed.filter((upload) => upload.key !== key || this.#discarded(upload));
    this.#brush.soon();
  }

  cancelAll(): void {
    this.#resting = false;
    this.#cancel(() => true);
    this.#brush.soon();
  }

  /** Somebody ended the job elsewhere; its own row says so. */
  ended(jobId: string): void {
    this.#cancel(({ ticket }) => ticket?.jobId === jobId);
    this.#failed = this.#failed.filter(({ ticket }) => ticket?.jobId !== jobId);
    this.#brush.soon();
  }

  retry(key: number): void {
    this.#again(this.#failed.filter((upload) => upload.key === key));
  }

  /** Alone while others go on, else with all that is missing. */
  retryPart(key: number, number: number): void {
    const sending = this.#sending.get(key)?.sending;
    if (sending) sending.retryPart?.(number);
    else this.retry(key);
  }

  retryFailed(): void {
    this.#again(this.#failed);
  }

  dismissFailed(): void {
    for (const upload of this.#failed) this.#discarded(upload);
    this.#failed = [];
    this.#brush.soon();
  }

  /** The person has read how many files were there already, or drops anew. */
  dismissBefore(): void {
    this.#tallies.all.before = 0;
    this.#brush.soon();
  }

  /** The network is back, or somebody signed in: look now instead of at the end of the wait. */
  wake(): void {
    this.#outage.wake();
  }

  // --- what they lead to

  #enter(upload: Upload): void {
    const problem = this.#needs.refusal(upload.file);
    if (problem) return void this.#failed.push({ ...upload, phase: "failed", problem });
    this.#tallies.add(upload);
    this.#waiting.push(waiting(upload));
  }

  #again(uploads: readonly Upload[]): void {
    const keys = new Set(uploads.map((upload) => upload.key));
    this.#failed = this.#failed.filter((upload) => !keys.has(upload.key));
    for (const upload of uploads) this.#enter({ ...upload, problem: null });
    this.#pump();
  }

  #cancel(isMeant: (upload: Upload) => boolean): void {
    for (const held of this.#sending.values()) if (isMeant(held.upload)) this.#stop(held, "cancel");
    for (const upload of this.#takeWaiting(isMeant)) this.#gone(upload);
    this.#paused = this.#paused.filter((upload) => !isMeant(upload) || this.#gone(upload));
  }

  #takeWaiting(isMeant: (upload: Upload) => boolean): Upload[] {
    const taken = this.#waiting.filter(isMeant);
    if (taken.length > 0) this.#waiting = this.#waiting.filter((upload) => !isMeant(upload));
    return taken;
  }

  #stop(held: Held, why: "pause" | "cancel"): void {
    held.stopping = why;
    held.sending?.abort();
  }

  /** Takes an upload out of the totals and off the server; false, so that a filter may drop it. */
  #gone(upload: Upload): false {
    this.#tallies.drop(upload);
    return this.#discarded(upload);
  }

  #discarded({ ticket }: Upload): false {
    if (ticket) this.#needs.discard(ticket);
    return false;
  }

  #pump(): void {
    while (!this.#outage.isOn && !this.#resting && this.#sending.size < AT_ONCE) {
      const next = this.#waiting.shift();
      if (!next) break;
      void this.#carry(next);
    }
    this.#brush.soon();
  }

  async #carry(waited: Upload): Promise<void> {
    const upload: Upload = { ...waited, phase: "sending", startedAt: this.#needs.now() };
    const held: Held = { upload, sending: null, stopping: null };
    this.#sending.set(upload.key, held);
    const hears: Hears = {
      opened: (ticket) => void (held.upload = { ...held.upload, ticket }),
      moved: (moved) => this.#moved(held, moved),
      says: (says) => void (held.upload = { ...held.upload, says }),
    };
    try {
      held.sending = this.#needs.send(upload, hears);
      const landed = await held.sending.done;
      this.#sending.delete(upload.key);
      this.#settle(held.upload, landed);
    } catch (error) {
      this.#sending.delete(upload.key);
      this.#ended(held, error);
    }
    this.#pump();
  }

  #moved(held: Held, moved: Moved): void {
    this.#tallies.moved(held.upload, moved);
    const { size } = held.upload.file;
    const sent = Math.max(held.upload.sent, Math.min(moved.sent, size));
    held.upload = { ...held.upload, phase: moved.phase, stored: Math.min(moved.stored, size), sent, parts: moved.parts ?? null };
    this.#brush.soon();
  }

  #settle(upload: Upload, { job, problem, isBefore = false }: Landed): void {
    if (job && isBefore) {
      this.#needs.landed(job, upload);
      this.#tallies.sentBefore(upload);
    } else if (job || !problem) {
      if (job) this.#needs.landed(job, upload);
      this.#tallies.arrived(upload);
    } else if (problem.status === 401 || problem.isForNow) {
      this.#hold(upload, problem.retryAfter);
    } else if (problem.jobId) {
      this.#tallies.drop(upload); // the job's own row says why
    } else {
      this.#fail(upload, problem);
    }
  }

  #ended({ upload, stopping }: Held, error: unknown): void {
    if (stopping === "cancel") this.#gone(upload);
    else if (stopping === "pause") this.#paused.push(paused(upload));
    else if (error instanceof Broken) this.#hold(upload);
    else this.#fail(upload, asProblem(error));
  }

  #fail(upload: Upload, problem: Problem): void {
    this.#tallies.drop(upload);
    this.#failed.push({ ...upload, phase: "failed", problem });
  }

  #hold(upload: Upload, ms: number | null = null): void {
    this.#waiting.unshift(waiting(upload));
    this.#outage.begin(ms);
  }

  *#all(): Iterable<Upload> {
    for (const { upload } of this.#sending.values()) yield upload;
    yield* this.#paused;
    yield* this.#waiting;
  }

  #tellEmptied(): void {
    const before = this.#groups;
    this.#groups = new Set([...this.#all(), ...this.#failed].flatMap(({ group }) => group ?? []));
    for (const group of before) if (!this.#groups.has(group)) this.#needs.emptied(group);
  }

  /** True while something is on its way. */
  #show(): boolean {
    const sending = [...this.#sending.values()].filter(({ stopping }) => stopping !== "cancel").map(({ upload }) => upload);
    const lists = { sending, paused: this.#paused, failed: this.#failed, waiting: this.#waiting };
    this.view.set(look(lists, this.#tallies, { stalled: this.#outage.isOn, resting: this.#resting }, this.#needs.now()));
    if (sending.length === 0) this.#tallies.still();
    this.#tellEmptied();
    if (this.#all()[Symbol.iterator]().next().done) {
      this.#tallies.rest();
      this.#resting = false;
    }
    return sending.length > 0;
  }
}
