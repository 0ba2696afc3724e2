import { Meter } from "./meter";
import type { Moved, Upload } from "./upload";

/** Counts everything that was added since the queue was last idle. What failed or was cancelled is taken out again. */
export class Tally {
  files = 0;
  filesDone = 0;
  bytes = 0;
  litter = 0;
  /** Files that an earlier drop had sent; counted until a person has seen it. */
  before = 0;
  #bytesDone = 0;
  #left = 0;
  readonly #meter = new Meter();

  add({ file }: Pick<Upload, "file">): void {
    this.files += 1;
    this.bytes += file.size;
  }

  drop({ file }: Upload): void {
    this.files -= 1;
    this.bytes -= file.size;
  }

  arrived({ file }: Upload): void {
    this.filesDone += 1;
    this.#bytesDone += file.size;
  }

  moved({ fresh }: Moved): void {
    this.#left += fresh;
  }

  /** Bytes that have left, of files that arrived and of those that have not. */
  sent(others: Iterable<Upload>): number {
    let sum = this.#bytesDone;
    for (const { sent } of others) sum += sent;
    return sum;
  }

  /** Bytes a second over the last seconds. */
  rate(now: number): number | null {
    this.#meter.mark(now, this.#left);
    return this.#meter.rate();
  }

  still(): void {
    this.#meter.clear();
  }

  rest(): void {
    this.files = this.filesDone = this.bytes = this.#bytesDone = this.litter = this.#left = 0;
    this.still();
  }
}
