import { Broken } from "../wire/exchange";
import { backoff } from "../wire/live";
import { Problem } from "../wire/problem";
import type { Standing, Tus } from "../wire/tus";
import type { JobView } from "../wire/types";
import type { Shelf } from "./shelf";
import { Slices } from "./slices";
import type { Hears, Landed, Moved, Sending, Ticket, Upload } from "./upload";
import { verdict } from "./verdict";

export interface ResumableNeeds {
  tus: Pick<Tus, "open" | "look" | "append">;
  shelf: Pick<Shelf, "claim" | "keep" | "note" | "forget">;
  print(file: File): Promise<string | null>;
  /** The job as it is now; null if there is none. Throws Broken where the server cannot be asked. */
  job(id: string): Promise<JobView | null>;
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
  return { done: new Journey(needs, upload, hears, stop.signal).run(), abort: () => stop.abort() };
}

class Journey {
  readonly #needs: ResumableNeeds;
  readonly #file: File;
  readonly #lane: string;
  readonly #hears: Hears;
  readonly #signal: AbortSignal;
  readonly #slices = new Slices();
  #ticket: Ticket | null;
  #print: string | null = null;
  #release = () => {};
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

  constructor(needs: ResumableNeeds, upload: Upload, hears: Hears, signal: AbortSignal) {
    this.#needs = needs;
    this.#file = upload.file;
    this.#lane = upload.lane;
    this.#ticket = upload.ticket;
    this.#stored = upload.stored;
    this.#isSettling = upload.sent > upload.stored;
    this.#hears = hears;
    this.#signal = signal;
  }

  async run(): Promise<Landed> {
    try {
      await this.#claim();
      for (;;) {
        this.#signal.throwIfAborted();
        const landed = await this.#step().catch((error: unknown) => this.#recover(error));
        if (landed) return landed;
      }
    } finally {
      this.#release();
    }
  }

  /** Makes sure that no other window sends this file, and finds what an earlier life of the page has left of it. */
  async #claim(): Promise<void> {
    const print = this.#ticket ? this.#ticket.print : await this.#needs.print(this.#file).catch(unreadable);
    if (print === null) return;
    const claim = await this.#needs.shelf.claim(print);
    if (!claim && this.#ticket) throw elsewhere();
    if (!claim) return; // the same file twice: the second is sent as another one, and not remembered
    this.#release = claim.release;
    this.#print = print;
    if (this.#ticket || !claim.kept) return;
    this.#found = this.#isSettling = true;
    this.#hold({ url: claim.kept.url, jobId: claim.kept.jobId, print });
  }

  #hold(ticket: Ticket): void {
    this.#ticket = ticket;
    this.#hears.opened(ticket);
  }

  async #step(): Promise<Landed | null> {
    if (!this.#ticket) return this.#open();
    if (this.#offset === null) return this.#look(this.#ticket);
    if (this.#offset < this.#file.size) return this.#append(this.#ticket, this.#offset);
    return this.#arrived(this.#ticket);
  }

  // Not to be stopped: the answer names an upload that would be left behind otherwise.
  async #open(): Promise<null> {
    const opened = await this.#needs.tus.open(this.#file, this.#lane);
    this.#hold({ ...opened, print: this.#print });
    if (this.#print !== null) {
      const { name, size } = this.#file;
      this.#needs.shelf.keep({ ...opened, print: this.#print, name, size, stored: 0, expires: null });
    }
    this.#offset = this.#stored = 0;
    return null;
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
    const end = this.#slices.end(offset, this.#file.size);
    const began = this.#needs.now();
    let left = 0;
    const onSent = (bytes: number) => {
      const fresh = Math.max(0, bytes - left); // browsers repeat a request by themselves, and count from the start then
      left = bytes;
      this.#tell(offset + bytes >= this.#file.size ? "finishing" : "sending", fresh, Math.min(offset + bytes, end));
    };
    try {
      this.#stands(await this.#needs.tus.append(ticket.url, offset, this.#file.slice(offset, end), onSent, this.#signal));
    } catch (error) {
      if (error instanceof Problem && verdict(error) === "smaller" && !this.#slices.tooLarge(end - offset)) throw error;
      return this.#recover(error);
    }
    this.#slices.took(end - offset, this.#needs.now() - began);
    onSent(end - offset);
    return null;
  }

  #stands({ offset, expires }: Standing): void {
    if (offset > this.#file.size) throw new Broken();
    if (offset > this.#stored) this.#failures = 0;
    this.#offset = this.#stored = offset;
    if (this.#print !== null) this.#needs.shelf.note(this.#print, { stored: offset, ...(expires !== null && { expires }) });
  }

  async #arrived(ticket: Ticket): Promise<Landed> {
    this.#forget();
    return { job: await this.#job(ticket).catch(() => null), problem: null };
  }

  /** Answers for what can be answered for; null goes on from what the server says. */
  async #recover(error: unknown): Promise<Landed | null> {
    this.#signal.throwIfAborted();
    this.#offset = null;
    if (error instanceof Broken) return this.#cut();
    if (!(error instanceof Problem)) throw error;
    switch (verdict(error)) {
      case "signed-out":
        return { job: null, problem: error };
      case "gone":
        return this.#gone(error);
      case "busy":
        return this.#rest("finishing", error.retryAfter ?? BUSY_MS);
      case "smaller":
        return null;
      case "ask":
      case "later":
        return this.#again(error);
      case "final":
        throw error;
    }
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
    this.#forget();
    const job = this.#found ? null : await this.#job(this.#ticket);
    if (job && job.status !== "CANCELLED" && job.status !== "ERROR") return { job, problem: null };
    if (job && job.code !== "upload_interrupted") return { job, problem: ended(job, problem) };
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

  #forget(): void {
    if (this.#print !== null) this.#needs.shelf.forget(this.#print);
  }

  #tell(phase: Moved["phase"], fresh: number, sent = this.#stored): void {
    this.#hears.moved({ phase, stored: this.#stored, sent, fresh });
  }
}

function interrupted(): Problem {
  return new Problem({
    status: 0,
    code: "upload_interrupted",
    detail: "The connection broke again and again",
    remedy: "Try again: what arrived is kept, and it goes on from there.",
  });
}

function elsewhere(): Problem {
  return new Problem({
    status: 0,
    code: "sent_elsewhere",
    detail: "Another window is sending this file",
    remedy: "Let it finish there, or close that window and try again here.",
  });
}

function ended(job: JobView, { status, message }: Problem): Problem {
  return new Problem({ status, code: "upload_gone", detail: message, jobId: job.id });
}

function unreadable(): never {
  throw new Problem({
    status: 0,
    code: "file_unreadable",
    detail: "The file cannot be read any more: it was changed, moved or deleted",
    remedy: "Drop it again.",
  });
}
