export const MISSING = 0;
export const SENDING = 1;
export const STORED = 2;
export const FAILED = 3;

export interface PartsView {
  readonly size: number;
  /** One state for each part, from part 1 on. */
  readonly states: Uint8Array;
}

/** The parts of one file, and where each stands. Parts are numbered from 1. */
export class Grid {
  readonly count: number;
  readonly #file: File;
  readonly #size: number;
  readonly #states: Uint8Array;

  constructor(file: File, partSize: number) {
    this.#file = file;
    this.#size = partSize;
    this.count = Math.ceil(file.size / partSize);
    this.#states = new Uint8Array(this.count);
  }

  set(number: number, state: number): void {
    this.#states[number - 1] = state;
  }

  start(number: number): number {
    return (number - 1) * this.#size;
  }

  end(number: number): number {
    return Math.min(this.#file.size, number * this.#size);
  }

  bytes(number: number): Blob {
    return this.#file.slice(this.start(number), this.end(number));
  }

  /** The next part that waits, which is taken. */
  take(): number | null {
    const found = this.#states.indexOf(MISSING);
    if (found < 0) return null;
    this.#states[found] = SENDING;
    return found + 1;
  }

  /** Those that wait, in order, at most so many. */
  waiting(most: number): number[] {
    return this.numbers(MISSING).slice(0, most);
  }

  numbers(state: number): number[] {
    const found: number[] = [];
    this.#states.forEach((each, index) => each === state && found.push(index + 1));
    return found;
  }

  get stored(): number {
    return this.numbers(STORED).reduce((sum, number) => sum + this.end(number) - this.start(number), 0);
  }

  view(): PartsView {
    return { size: this.#size, states: this.#states.slice() };
  }
}
