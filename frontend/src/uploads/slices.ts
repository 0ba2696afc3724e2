import type { Upload } from "./upload";

const MIB = 1 << 20;

/** Files from this size on go in slices; smaller ones are one request, which costs less.
 *
 * All files of a group go in slices, as on the command line: their jobs are known from the start, so that each has one only.
 */
export const RESUMABLE_FROM = 8 * MIB;

const FIRST = 4 * MIB;
const SMALLEST = MIB;
const LARGEST = 32 * MIB; // proxies refuse larger bodies sooner or later
const WANTED_MS = 2_000; // an acknowledgement this often, so that a cut costs little
const TINIEST = 256 * 1024;

export function isResumable({ file, group }: Pick<Upload, "file" | "group">): boolean {
  return file.size >= RESUMABLE_FROM || group !== null;
}

/** How much of a file goes into the next request: what the line carries in a few seconds. */
export class Slices {
  #wanted = FIRST;
  #most = LARGEST;

  /** The end of the slice that begins at `offset`. */
  end(offset: number, size: number): number {
    return Math.min(size, offset + Math.min(this.#wanted, this.#most));
  }

  /** Learns from a slice that arrived. */
  took(bytes: number, ms: number): void {
    const fitting = (bytes / Math.max(1, ms)) * WANTED_MS;
    this.#wanted = Math.min(LARGEST, Math.max(SMALLEST, Math.round(fitting / MIB) * MIB));
  }

  /** Something in between took no body of this size; false if smaller ones are not worth a try. */
  tooLarge(bytes: number): boolean {
    if (bytes <= TINIEST) return false;
    this.#most = Math.max(TINIEST, Math.floor(bytes / 4));
    return true;
  }
}
