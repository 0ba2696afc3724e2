import { asProblem, Problem } from "../wire/problem";
import { Store } from "../wire/store";
import type { JobView } from "../wire/types";
import { Meter } from "./meter";
import { Broken, type Landed, type Sending } from "./send";
import { isLitter, type Picked } from "./walk";

export type Phase = "waiting" | "sending" | "finishing" | "failed";

/** A file that the server has not yet answered for. */
export interface Upload {
  readonly key: number;
  readonly file: File;
  readonly path: string;
  readonly lane: "interactive" | "bulk";
  readonly phase: Phase;
  readonly sent: number;
  readonly startedAt: number;
  readonly problem: Problem | null;
}

export interface QueueView {
  /** Those worth a row: on their way, failed, and the next few that wait. */
  rows: readonly Upload[];
  waiting: number;
  failed: number;
  active: number;
  /** Of everything added since the queue was last idle. */
  files: number;
  filesDone: number;
  bytes: number;
  bytesSent: number;
  rate: number | null;
  stalled: boolean;
  litter: number;
}

export interface QueueNeeds {
  send(file: File, lane: Upload["lane"], onSent: (bytes: number) => void): Sending;
  /** A job row that takes over from the local one. */
  landed(job: JobView): void;
  /** True if the server answers at all. */
  reachable(): Promise<boolean>;
  now(): number;
  later(run: () => void, ms: number): void;
}

export const IDLE: QueueView = {
  rows: [], waiting: 0, failed: 0, active: 0, files: 0, filesDone: 0, bytes: 0, bytesSent: 0, rate: null, stalled: false, litter: 0,
};

const AT_ONCE = 3; // browsers allow six connections to a host; the rest of the page needs some
const BULK_FROM = 25; // so many at once are an import: people who wait for one file go first
const WAITING_ROWS = 20;
const PAINT_MS = 100;
const PROBE_MS = 1_000;
const LONGEST_PROBE_MS = 10_000;

/** Sends files a few at a time, holds them through outages, and tells the page ten times a second at most. */
export class UploadQueue {
  readonly view = new Store<QueueView>(IDLE);
  readonly #needs: QueueNeeds;
  readonly #sending = new Map<number, { upload: Upload; sending: Sending }>();
  readonly #meter = new Meter();
  #waiting: Upload[] = [];
  #failed: Upload[] = [];
  #keys = 0;
  #files = 0;
  #filesDone = 0;
  #bytes = 0;
  #bytesDone = 0;
  #litter = 0;
  #stalled = false;
  #painting = false;

  constructor(needs: QueueNeeds) {
    this.#needs = needs;
  }

  add(picked: readonly Picked[]): void {
    const wanted = picked.filter(({ file }) => !isLitter(file.name));
    this.#litter += picked.length - wanted.length;
    const lane = wanted.length + this.#waiting.length >= BULK_FROM ? "bulk" : "interactive";
    for (const { file, path } of wanted) {
      this.#waiting.push({ key: ++this.#keys, file, path, lane, phase: "waiting", sent: 0, startedAt: 0, problem: null });
      this.#bytes += file.size;
    }
    this.#files += wanted.length;
    this.#pump();
  }

  cancel(key: number): void {
    this.#sending.get(key)?.sending.abort();
    this.#waiting = this.#waiting.filter((upload) => upload.key !== key || this.#uncount(upload));
    this.#failed = this.#failed.filter((upload) => upload.key !== key);
    this.#paint();
  }

  cancelAll(): void {
    for (const upload of this.#waiting) this.#uncount(upload);
    this.#waiting = [];
    for (const { sending } of [...this.#sending.values()]) sending.abort();
    this.#paint();
  }

  retry(key: number): void {
    this.#again(this.#failed.filter((upload) => upload.key === key));
  }

  retryFailed(): void {
    this.#again(this.#failed);
  }

  dismissFailed(): void {
    this.#failed = [];
    this.#paint();
  }

  #again(uploads: readonly Upload[]): void {
    const keys = new Set(uploads.map((upload) => upload.key));
    this.#failed = this.#failed.filter((upload) => !keys.has(upload.key));
    for (const upload of uploads) {
      this.#files += 1;
      this.#bytes += upload.file.size;
      this.#waiting.push({ ...upload, phase: "waiting", sent: 0, problem: null });
    }
    this.#pump();
  }

  /** Takes an upload out of the totals; false, so that a filter may drop it. */
  #uncount(upload: Upload): false {
    this.#files -= 1;
    this.#bytes -= upload.file.size;
    return false;
  }

  #pump(): void {
    while (!this.#stalled && this.#sending.size < AT_ONCE) {
      const next = this.#waiting.shift();
      if (!next) break;
      void this.#carry({ ...next, phase: "sending", startedAt: this.#needs.now() });
    }
    this.#paint();
  }

  async #carry(upload: Upload): Promise<void> {
    const sending = this.#needs.send(upload.file, upload.lane, (bytes) => this.#moved(upload.key, bytes));
    this.#sending.set(upload.key, { upload, sending });
    try {
      this.#settle(upload, await sending.done);
    } catch (error) {
      this.#sending.delete(upload.key);
      if (error instanceof Broken) await this.#broke(upload);
      else if (error instanceof DOMException && error.name === "AbortError") this.#uncount(upload);
      else this.#fail(upload, asProblem(error));
    }
    this.#pump();
  }

  #moved(key: number, bytes: number): void {
    const held = this.#sending.get(key);
    if (!held) return;
    const sent = Math.min(bytes, held.upload.file.size);
    held.upload = { ...held.upload, sent, phase: sent >= held.upload.file.size ? "finishing" : "sending" };
    this.#paint();
  }

  #settle(upload: Upload, { job, problem }: Landed): void {
    this.#sending.delete(upload.key);
    if (job) {
      this.#needs.landed(job);
      this.#filesDone += 1;
      this.#bytesDone += upload.file.size;
    } else if (problem?.status === 401) {
      this.#hold(upload);
    } else if (problem?.jobId) {
      this.#uncount(upload); // the job's own row says why
    } else {
      this.#fail(upload, problem ?? asProblem(new Error("no answer")));
    }
  }

  #fail(upload: Upload, problem: Problem): void {
    this.#uncount(upload);
    this.#failed.push({ ...upload, phase: "failed", problem });
  }

  #hold(upload: Upload): void {
    this.#waiting.unshift({ ...upload, phase: "waiting", sent: 0 });
    if (this.#stalled) return;
    this.#stalled = true;
    this.#probe(PROBE_MS);
  }

  // An outage holds the file; a server that answers elsewhere has refused this one.
  async #broke(upload: Upload): Promise<void> {
    if (this.#stalled || !(await this.#needs.reachable())) return this.#hold(upload);
    this.#fail(upload, new Problem({
      status: 0,
      code: "upload_interrupted",
      detail: "The connection closed before the file had arrived",
      remedy: "Try again. If it happens again, the file may be larger than the server takes, or it changed on your disk.",
    }));
  }

  #probe(wait: number): void {
    this.#needs.later(async () => {
      if (!(await this.#needs.reachable())) return this.#probe(Math.min(LONGEST_PROBE_MS, wait * 2));
      this.#stalled = false;
      this.#pump();
    }, wait);
  }

  #paint(): void {
    if (this.#painting) return;
    this.#painting = true;
    this.#needs.later(() => {
      this.#painting = false;
      this.view.set(this.#look());
    }, PAINT_MS);
  }

  #look(): QueueView {
    const sending = [...this.#sending.values()].map(({ upload }) => upload);
    const bytesSent = this.#bytesDone + sending.reduce((sum, upload) => sum + upload.sent, 0);
    this.#meter.mark(this.#needs.now(), bytesSent);
    const view: QueueView = {
      rows: [...sending, ...this.#failed, ...this.#waiting.slice(0, WAITING_ROWS)],
      waiting: this.#waiting.length,
      failed: this.#failed.length,
      active: sending.length,
      files: this.#files,
      filesDone: this.#filesDone,
      bytes: this.#bytes,
      bytesSent,
      rate: this.#meter.rate(),
      stalled: this.#stalled,
      litter: this.#litter,
    };
    if (sending.length === 0 && this.#waiting.length === 0) this.#rest();
    return view;
  }

  #rest(): void {
    this.#files = this.#filesDone = this.#bytes = this.#bytesDone = this.#litter = 0;
    this.#meter.clear();
  }
}
