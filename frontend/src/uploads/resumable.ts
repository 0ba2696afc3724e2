import { Broken } from "../wire/exchange";
import { backoff } from "../wire/live";
import { Problem } from "../wire/problem";
import { idIn, type Opened, type Standing, type Tus } from "../wire/tus";
import type { JobView } from "../wire/types";
import { NoDirectRoad, Parts, type PartsNeeds } from "./parts";
import { Remembered, type Begun, type RememberedNeeds } from "./remembered";
import { CHANGED, ended, interrupted, unreadable } from "./said";
import { Slices } from "./slices";
import { Sums } from "./sums";
import type { Hears, Landed, Moved, Sending, Ticket, Upload } from "./upload";
import { verdict } from "./verdict";

export interface ResumableNeeds extends RememberedNeeds {
  tus: Pick<Tus, "look" | "append" | "end">;
  /** Opens an upload by the road that the server and its store have for it. */
  open(upload: Upload): Promise<Opened>;
  parts: PartsNeeds;
  /** The job as it is now; null if there is none. Throws Broken where the server cannot be asked. */
  job(id: string): Promise<JobView | null>;
  hasAsset(id: string): Promise<boolean>;
  /** True if the server answers at all. */
  reachable(): Promise<boolean>;
  rest(ms: number, signal: AbortSignal): Promise<void>;
  now(): number;
  chance(): number;
}

const TRIES = 8; // in a row without a byte acknowledged: about a minute
const BUSY_MS = 1_000;
const SETTLING_MS = 500; // what was on its way when a request ended may still be being written down

/** Carries one file over as many requests as it takes, from where the server stands.
 *
 * A line that breaks is taken up again here; an outage is thrown as Broken, for the queue holds all files then.
 */
export function sendResumable(needs: ResumableNeeds, upload: Upload, hears: Hears): Sending {
  const stop = new AbortController();
  const journey = new Journey(needs, upload, hears, stop.signal);
  return { done: journey.run(), abort: () => stop.abort(), retryPart: (number) => journey.retryPart(number) };
}

class Journey {
  readonly #needs: ResumableNeeds;
  readonly #upload: Upload;
  readonly #file: File;
  readonly #hears: Hears;
  readonly #signal: AbortSignal;
  readonly #slices: Slices;
  readonly #sums: Sums;
  readonly #memory: Remembered;
  #ticket: Ticket | null;
  #isClaimed = false;
  /** Where the server stands; null if it has to be asked. */
  #offset: number | null = null;
  #stored: number;
  /** True of a ticket from an earlier life of the page, until the server knows it. */
  #found = false;
  #startedOver = false;
  /** True after a request that ended in its middle: then the server is asked until it says the same twice. */
  #isSettling: boolean;
  #seen: number | null = null;
  #failures = 0;
  /** True until the first part is sent: then nobody has to be asked what is there. */
  #isNew = false;
  #parts: Parts | null = null;

  constructor(needs: ResumableNeeds, upload: Upload, hears: Hears, signal: AbortSignal) {
    this.#needs = needs;
    this.#file = upload.file;
    this.#memory = new Remembered(needs, upload);
    this.#upload = upload;
    this.#slices = new Slices(upload.ticket !== null);
    this.#sums = new Sums(upload.file);
    this.#ticket = upload.ticket;
    this.#stored = upload.stored;
    this.#isSettling = upload.sent > upload.stored;
    this.#hears = hears;
    this.#signal = signal;
  }

  async run(): Promise<Landed> {
    try {
      for (;;) {
        this.#signal.throwIfAborted();
        const landed = await this.#step().catch((error: unknown) => this.#recover(error));
        if (landed) return landed;
      }
    } finally {
      this.#memory.release();
    }
  }

  /** Takes up what an earlier life of the page has begun, if the file still has what was acknowledged of it. */
  async #goOn(begun: Begun): Promise<void> {
    const { url, jobId, partSize = null } = begun;
    if (!(await this.#memory.isStill(begun))) {
      this.#hears.says(CHANGED);
      this.#ticket = null;
      this.#stored = 0;
      this.#needs.tus.end(url).catch(() => undefined); // it expires on the server anyway
      return;
    }
    if (this.#ticket) return;
    this.#found = this.#isSettling = true;
    this.#hold({ url, jobId, print: this.#memory.print, partSize });
  }

  #hold(ticket: Ticket): void {
    this.#ticket = ticket;
    this.#hears.opened(ticket);
  }

  async #step(): Promise<Landed | null> {
    if (!this.#isClaimed) return this.#claim();
    if (!this.#ticket) return (await this.#sentBefore()) ?? this.#open();
    if (this.#ticket.partSize) return this.#inParts(this.#ticket, this.#ticket.partSize);
    if (this.#offset === null) return this.#look(this.#ticket);
    if (this.#offset < this.#file.size) return this.#append(this.#ticket, this.#offset);
    return this.#arrived(this.#ticket);
  }

  async #claim(): Promise<null> {
    const begun = await this.#memory.claim(this.#ticket, (text) => this.#hears.says(text));
    this.#isClaimed = true;
    if (begun) await this.#goOn(begun);
    return null;
  }

  /** A file that has arrived in this group before is not sent again, as long as something has come of it. */
  async #sentBefore(): Promise<Landed | null> {
    const jobId = this.#memory.sentAs;
    if (jobId === null) return null;
    const job = await this.#needs.job(jobId);
    if (job && (await this.#isThere(job))) return { job, problem: null, isBefore: true };
    await this.#memory.forget();
    return null;
  }

  /** True if the server is at work on it or has its asset. The command line decides the same way (`sent_before`). */
  async #isThere({ status, asset_id }: JobView): Promise<boolean> {
    if (status === "ERROR" || status === "CANCELLED") return false;
    return status !== "COMPLETE" || asset_id === null || this.#needs.hasAsset(asset_id);
  }

  // Not to be stopped: the answer names an upload that would be left behind otherwise.
  async #open(): Promise<null> {
    const opened = await this.#needs.open(this.#upload);
    this.#isNew = true;
    this.#hold({ ...opened, print: this.#memory.print });
    await this.#memory.began(opened);
    this.#offset = this.#stored = 0;
    return null;
  }

  retryPart(number: number): void {
    this.#parts?.retry(number);
  }

  async #inParts(ticket: Ticket, partSize: number): Promise<Landed> {
    const hears = {
      moved: (moved: Moved) => void ((this.#stored = moved.stored), this.#hears.moved(moved)),
      stored: (start: number, end: number, total: number) => this.#remember(start, end, total),
    };
    this.#parts = new Parts(this.#needs.parts, idIn(ticket.url), this.#file, partSize, hears, this.#signal);
    const isNew = this.#isNew;
    this.#isNew = false;
    await (isNew ? this.#parts.begin() : this.#parts.goOn());
    return this.#arrived(ticket);
  }

  async #remember(start: number, end: number, stored: number): Promise<void> {
    this.#failures = 0;
    await this.#memory.arrived(start, end, stored);
  }

  async #look(ticket: Ticket): Promise<null> {
    const standing = await this.#needs.tus.look(ticket.url, this.#signal);
    this.#found = false;
    if (this.#isSettling && standing.offset !== this.#seen) {
      this.#seen = standing.offset;
      return this.#rest("reconnecting", SETTLING_MS);
    }
    this.#isSettling = false;
    this.#seen = null;
    this.#stands(standing);
    this.#tell("sending", 0);
    return null;
  }

  async #append(ticket: Ticket, offset: number): Promise<Landed | null> {
    const summed = this.#sums.take(offset, this.#slices.end(offset, this.#file.size));
    const { end } = summed;
    const sum = await summed.sum;
    const began = this.#needs.now();
    let left = 0;
    const onSent = (bytes: number) => {
      const fresh = Math.max(0, bytes - left); // browsers repeat a request by themselves, and count from the start then
      left = bytes;
      this.#tell(offset + bytes >= this.#file.size ? "finishing" : "sending", fresh, Math.min(offset + bytes, end));
    };
    this.#sums.begin(end, this.#slices.end(end, this.#file.size));
    try {
      this.#stands(await this.#needs.tus.append(ticket.url, offset, this.#file.slice(offset, end), onSent, this.#signal, sum));
    } catch (error) {
      this.#sums.drop(); // the next may have to be smaller
      if (error instanceof Broken && sum) this.#slices.broke(end - offset);
      if (!(error instanceof Problem) || verdict(error) !== "smaller" || !this.#slices.tooLarge(end - offset)) return this.#recover(error);
      this.#signal.throwIfAborted();
      this.#offset = null;
      return null;
    }
    this.#slices.took(end - offset, this.#needs.now() - began);
    onSent(end - offset);
    await this.#remember(offset, end, this.#stored);
    return null;
  }

  #stands(standing: Standing): void {
    const { offset } = standing;
    if (offset > this.#file.size) throw new Broken();
    if (offset > this.#stored) this.#failures = 0;
    this.#offset = this.#stored = offset;
    this.#memory.stands(standing);
  }

  async #arrived(ticket: Ticket): Promise<Landed> {
    await this.#memory.landed(ticket.jobId);
    return { job: await this.#job(ticket).catch(() => null), problem: null };
  }

  /** Answers for what can be answered for; null goes on from what the server says. */
  async #recover(error: unknown): Promise<Landed | null> {
    this.#signal.throwIfAborted();
    this.#offset = null;
    this.#parts = null;
    if (error instanceof NoDirectRoad) return this.#throughUs();
    if (error instanceof Broken) return this.#cut();
    if (!(error instanceof Problem)) throw error;
    switch (verdict(error)) {
      case "signed-out":
        return { job: null, problem: error };
      case "gone":
        return this.#gone(error);
      case "busy":
        return this.#rest("finishing", error.retryAfter ?? BUSY_MS);
      case "ask":
      case "later":
        return this.#again(error);
      case "smaller":
      case "final":
        throw error;
    }
  }

  /** Goes on through the server with an upload whose parts cannot go straight to where bytes live. */
  async #throughUs(): Promise<null> {
    if (!this.#ticket) return null;
    this.#hold({ ...this.#ticket, partSize: null });
    await this.#memory.throughUs();
    return null;
  }

  async #cut(): Promise<null> {
    this.#isSettling = true;
    await this.#file.slice(0, 1).arrayBuffer().catch(unreadable);
    if (!(await this.#needs.reachable())) {
      this.#tell("reconnecting", 0);
      throw new Broken();
    }
    return this.#again(interrupted());
  }

  async #again(problem: Problem): Promise<null> {
    this.#failures += 1;
    if (this.#failures > TRIES) throw problem;
    return this.#rest("reconnecting", Math.max(problem.retryAfter ?? 0, backoff(this.#failures - 1, this.#needs.chance())));
  }

  async #rest(phase: Moved["phase"], ms: number): Promise<null> {
    this.#tell(phase, 0);
    await this.#needs.rest(ms, this.#signal);
    return null;
  }

  /** What the server does not hold any more has arrived, was ended by somebody, or is begun anew: once. */
  async #gone(problem: Problem): Promise<Landed | null> {
    if (!this.#ticket) throw problem;
    const job = this.#found && !this.#upload.group ? null : await this.#job(this.#ticket);
    if (job && (await this.#isThere(job))) return this.#arrived(this.#ticket);
    await this.#memory.forget();
    if (job && !this.#found && job.code !== "upload_interrupted") return { job, problem: ended(job, problem) };
    if (!this.#found && this.#startedOver) throw problem;
    this.#startedOver ||= !this.#found;
    this.#found = false;
    this.#ticket = null;
    this.#stored = 0;
    return null;
  }

  async #job({ jobId }: Ticket): Promise<JobView | null> {
    return jobId === null ? null : this.#needs.job(jobId);
  }

  #tell(phase: Moved["phase"], fresh: number, sent = this.#stored): void {
    this.#hears.moved({ phase, stored: this.#stored, sent, fresh });
  }
}
