import { Broken } from "../wire/exchange";
import { backoff } from "../wire/live";
import type { Plans } from "../wire/plans";
import { Problem } from "../wire/problem";
import { FAILED, Grid, MISSING, SENDING, STORED, type PartsView } from "./grid";
import type { Room } from "./room";

export interface PartsNeeds {
  plans: Pick<Plans, "sign" | "look" | "parts" | "complete" | "put">;
  /** Rejects if the bytes cannot be read. */
  md5(bytes: Blob): Promise<string>;
  /** Shared by all files: browsers allow six connections to a host. */
  room: Room;
  /** True if our server answers at all; where bytes live is another place. */
  reachable(): Promise<boolean>;
  rest(ms: number, signal: AbortSignal): Promise<void>;
  now(): number;
  chance(): number;
}

export interface PartsHears {
  moved(moved: { phase: "sending" | "finishing" | "reconnecting"; stored: number; sent: number; fresh: number; parts: PartsView }): void;
  /** A part is where bytes live, and stays there. */
  stored(start: number, end: number, total: number): Promise<void>;
}

/** The place where bytes live cannot be reached from this page: it may not let us, or a network stands between. */
export class NoDirectRoad extends Error {}

const AT_ONCE = 3;
const TRIES = 4; // of one part, in a row
const LOOK_MS = 1_500; // how often the server is asked to look while parts arrive
const ROUNDS = 3; // what the store lost again and again is not sent for ever

/** Sends one file in parts, straight to where bytes live: some at once, each tried again by itself. */
export class Parts {
  readonly #needs: PartsNeeds;
  readonly #id: string;
  readonly #grid: Grid;
  readonly #hears: PartsHears;
  readonly #signal: AbortSignal;
  readonly #stop = new AbortController();
  readonly #left = new Map<number, number>();
  #looked = 0;
  #wake: (() => void) | null = null;
  #arrivals = 0;

  constructor(needs: PartsNeeds, uploadId: string, file: File, partSize: number, hears: PartsHears, signal: AbortSignal) {
    this.#needs = needs;
    this.#id = uploadId;
    this.#grid = new Grid(file, partSize);
    this.#hears = hears;
    this.#signal = AbortSignal.any([signal, this.#stop.signal]);
  }

  /** Sends what the server misses of a file that was begun earlier; ends like `begin`. */
  async goOn(): Promise<void> {
    await this.#ask();
    await this.begin();
  }

  /** Sends what is missing, at first everything, and ends when the server has the whole file. */
  async begin(): Promise<void> {
    for (let round = 0; ; round++) {
      await this.#sendAll();
      this.#tell("finishing");
      try {
        return await this.#needs.plans.complete(this.#id);
      } catch (error) {
        if (!(error instanceof Problem) || error.code !== "not_possible_now" || round >= ROUNDS) throw error;
        await this.#ask(); // the server lists what is missing
      }
    }
  }

  /** Lets a part that was given up go once more. */
  retry(number: number): void {
    if (!this.#grid.numbers(FAILED).includes(number)) return;
    this.#grid.set(number, MISSING);
    this.#wake?.();
  }

  async #ask(): Promise<void> {
    await this.#needs.plans.look(this.#id);
    for (const { number, status } of await this.#needs.plans.parts(this.#id, this.#signal)) {
      this.#grid.set(number, status === "UPLOADED" ? STORED : MISSING);
      if (status === "UPLOADED") this.#arrivals += 1;
    }
    this.#tell("sending");
  }

  async #sendAll(): Promise<void> {
    const lanes = Array.from({ length: AT_ONCE }, () => this.#lane());
    try {
      await Promise.all(lanes);
    } catch (error) {
      this.#stop.abort(); // the other lanes end too, before anybody goes on
      await Promise.allSettled(lanes);
      throw error;
    }
    const failed = this.#grid.numbers(FAILED);
    if (failed.length > 0) throw givenUp(failed, this.#grid.count);
  }

  async #lane(): Promise<void> {
    for (;;) {
      this.#signal.throwIfAborted(); // who begins to wait after the stop would hear of nothing
      const number = this.#grid.take();
      if (number !== null) await this.#send(number);
      else if (this.#grid.numbers(SENDING).length === 0) return this.#wake?.();
      else await this.#news();
    }
  }

  /** Ends when a part was given back or the last one has ended. */
  #news(): Promise<void> {
    return new Promise((resolve, reject) => {
      const others = this.#wake;
      const stopped = () => reject(this.#signal.reason);
      this.#signal.addEventListener("abort", stopped, { once: true });
      this.#wake = () => {
        this.#signal.removeEventListener("abort", stopped);
        others?.();
        resolve();
      };
    });
  }

  async #send(number: number): Promise<void> {
    const arrived = await this.#tried(number);
    this.#left.delete(number);
    this.#grid.set(number, arrived ? STORED : FAILED);
    if (arrived) {
      this.#arrivals += 1;
      await this.#hears.stored(this.#grid.start(number), this.#grid.end(number), this.#grid.stored);
      this.#letLook();
    }
    this.#tell("sending");
    const wake = this.#wake;
    this.#wake = null;
    wake?.();
  }

  async #tried(number: number): Promise<boolean> {
    let isBroken = true;
    for (let turn = 0; turn < TRIES; turn++) {
      if (turn > 0) await this.#needs.rest(backoff(turn - 1, this.#needs.chance()), this.#signal);
      try {
        const md5 = await this.#digest(number);
        await this.#needs.room.within(() => this.#put(number, md5));
        return true;
      } catch (error) {
        this.#signal.throwIfAborted();
        isBroken &&= error instanceof Broken;
        await this.#judge(error);
      }
    }
    if (isBroken && this.#arrivals === 0) throw new NoDirectRoad();
    return false;
  }

  /** Counted again for each try: what the store refuses may have been changed on the disk. */
  async #digest(number: number): Promise<string> {
    try {
      return await this.#needs.md5(this.#grid.bytes(number));
    } catch {
      throw new Broken(); // a file that cannot be read cannot be sent either, and that looks so
    }
  }

  async #put(number: number, md5: string): Promise<void> {
    this.#signal.throwIfAborted();
    const signed = await this.#needs.plans.sign(this.#id, number, md5); // lives ten minutes: not before its turn
    let left = 0;
    const onSent = (bytes: number) => {
      const fresh = Math.max(0, bytes - left); // browsers repeat a request by themselves, and count from the start then
      left = bytes;
      this.#left.set(number, bytes);
      this.#tell("sending", fresh);
    };
    await this.#needs.plans.put(signed, this.#grid.bytes(number), onSent, this.#signal);
  }

  /** Throws what ends the whole upload; returns from what another try may mend. */
  async #judge(error: unknown): Promise<void> {
    if (error instanceof Broken) {
      if (!(await this.#needs.reachable())) throw error;
    } else if (!(error instanceof Problem)) {
      throw error;
    } else if ([404, 409, 410].includes(error.status)) {
      await this.#needs.plans.look(this.#id); // says what has become of the upload
    } else if (error.status === 401) {
      throw error;
    }
  }

  /** What it says is for those who watch; a look that fails does not hold up the parts. */
  #letLook(): void {
    const now = this.#needs.now();
    if (now - this.#looked < LOOK_MS) return;
    this.#looked = now;
    this.#needs.plans.look(this.#id).catch(() => undefined);
  }

  #tell(phase: "sending" | "finishing" | "reconnecting", fresh = 0): void {
    const { stored } = this.#grid;
    const sent = [...this.#left.values()].reduce((sum, bytes) => sum + bytes, stored);
    this.#hears.moved({ phase, stored, sent, fresh, parts: this.#grid.view() });
  }
}

function givenUp(failed: readonly number[], count: number): Problem {
  const which = failed.length === 1 ? `Part ${failed[0]} of ${count}` : `${failed.length} of ${count} parts`;
  return new Problem({
    status: 0,
    code: "parts_failed",
    detail: `${which} could not be sent`,
    remedy: "Try again: what arrived is kept, and only the rest is sent.",
  });
}
