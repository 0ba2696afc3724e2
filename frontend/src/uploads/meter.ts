const WINDOW_MS = 5_000;
const ENOUGH_MS = 2_000; // the first megabytes only fill what lies before the line

/** The speed of the last seconds; steady enough to read, quick enough to notice a stall. */
export class Meter {
  #marks: { at: number; bytes: number }[] = [];

  mark(at: number, bytes: number): void {
    this.#marks.push({ at, bytes });
    while (this.#marks.length > 2 && at - (this.#marks[0]?.at ?? at) > WINDOW_MS) this.#marks.shift();
  }

  /** Bytes a second, or null while there is too little to tell. */
  rate(): number | null {
    const first = this.#marks[0];
    const last = this.#marks.at(-1);
    if (!first || !last || last.at - first.at < ENOUGH_MS) return null;
    return Math.max(0, ((last.bytes - first.bytes) * 1000) / (last.at - first.at));
  }

  clear(): void {
    this.#marks = [];
  }
}
