export interface BrushNeeds {
  later(run: () => void, ms: number): void;
}

const SOONEST_MS = 100;
const AGAIN_MS = 1_000;

/** Paints when something changed, ten times a second at most, and each second while something is on its way.
 *
 * A line that stands still tells nothing by itself: without the second look its last speed would be shown for ever.
 */
export class Brush {
  readonly #needs: BrushNeeds;
  /** True while something is on its way. */
  readonly #paint: () => boolean;
  #isSoon = false;
  #looks = 0;

  constructor(needs: BrushNeeds, paint: () => boolean) {
    this.#needs = needs;
    this.#paint = paint;
  }

  soon(): void {
    if (this.#isSoon) return;
    this.#isSoon = true;
    this.#needs.later(() => {
      this.#isSoon = false;
      this.#now();
    }, SOONEST_MS);
  }

  // A newer look replaces the one that would come in a second.
  #now(): void {
    const look = ++this.#looks;
    if (this.#paint()) this.#needs.later(() => look === this.#looks && this.#now(), AGAIN_MS);
  }
}
