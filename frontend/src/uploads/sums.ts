import { sha256 } from "../wire/sha256";

/** A slice of a file that is settled; its sum is null where the browser has none. */
export interface Summed {
  start: number;
  end: number;
  sum: Promise<Uint8Array | null>;
}

/** The checksums of a file's slices. That of the next is made while one is on its way, so that no request waits for it. */
export class Sums {
  readonly #file: File;
  #next: Summed | null = null;

  constructor(file: File) {
    this.#file = file;
  }

  /** The slice at `start`: as it was begun, or to `end`. Once only: what is sent again may have been read wrong. */
  take(start: number, end: number): Summed {
    const next = this.#next;
    this.#next = null;
    return next?.start === start ? next : this.#summed(start, end);
  }

  begin(start: number, end: number): void {
    this.#next = start < end ? this.#summed(start, end) : null;
  }

  drop(): void {
    this.#next = null;
  }

  // A file that cannot be read is told by the request that reads it too.
  #summed(start: number, end: number): Summed {
    return { start, end, sum: sha256(this.#file.slice(start, end)).catch(() => null) };
  }
}
