export interface OutageNeeds {
  /** True if the server answers at all. */
  reachable(): Promise<boolean>;
  later(run: () => void, ms: number): void;
}

const FIRST_MS = 1_000;
const LONGEST_MS = 10_000;
const LONGEST_ASKED_MS = 60_000;

/** A time without a server: looks for it less and less often, and says when it is over. */
export class Outage {
  readonly #needs: OutageNeeds;
  readonly #over: () => void;
  #isOn = false;
  #look = 0;

  constructor(needs: OutageNeeds, over: () => void) {
    this.#needs = needs;
    this.#over = over;
  }

  get isOn(): boolean {
    return this.#isOn;
  }

  /** Looks for the first time after `ms`: a server that is there may have asked for that. */
  begin(ms: number | null = null): void {
    if (this.#isOn) return;
    this.#isOn = true;
    this.#after(Math.min(ms ?? FIRST_MS, LONGEST_ASKED_MS), FIRST_MS);
  }

  /** Looks now instead of at the end of the wait. */
  wake(): void {
    if (this.#isOn) this.#after(0, FIRST_MS);
  }

  // A newer look replaces an older one.
  #after(ms: number, next: number): void {
    const look = ++this.#look;
    this.#needs.later(async () => {
      const isBack = look === this.#look && (await this.#needs.reachable());
      if (look !== this.#look) return;
      if (!isBack) return this.#after(next, Math.min(LONGEST_MS, next * 2));
      this.#isOn = false;
      this.#over();
    }, ms);
  }
}
