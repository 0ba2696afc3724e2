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
const CRUMB = 64 * 1024; // a line that breaks sooner than this again and again carries nothing

export function isResumable({ file, group }: Pick<Upload, "file" | "group">): boolean {
  return file.size >= RESUMABLE_FROM || group !== null;
}

/** How much of a file goes into the next request: what the line carries in a few seconds. */
export class Slices {
  #wanted: number;
  #most = LARGEST;
  /** After a break the slices grow step by step. */
  #isFragile = false;

  /** What goes on after an interruption begins with less: the line may break again. */
  constructor(isGoingOn = false) {
    this.#wanted = isGoingOn ? SMALLEST : FIRST;
  }

  /** The end of the slice that begins at `offset`. */
  end(offset: number, size: number): number {
    return Math.min(size, offset + Math.min(this.#wanted, this.#most));
  }

  /** Learns from a slice that arrived. */
  took(bytes: number, ms: number): void {
    const fitting = (bytes / Math.max(1, ms)) * WANTED_MS;
    const wanted = Math.min(LARGEST, Math.max(SMALLEST, Math.round(fitting / MIB) * MIB));
    this.#wanted = this.#isFragile ? Math.min(wanted, 2 * bytes) : wanted;
    this.#isFragile &&= this.#wanted < wanted;
  }

  /** Learns from a slice that the line did not carry to its end: of one with a checksum nothing is kept. */
  broke(bytes: number): void {
    this.#isFragile = true;
    this.#wanted = Math.max(CRUMB, Math.floor(bytes / 4));
  }

  /** Something in between took no body of this size; false if smaller ones are not worth a try. */
  tooLarge(bytes: number): boolean {
    if (bytes <= TINIEST) return false;
    this.#most = Math.max(TINIEST, Math.floor(bytes / 4));
    return true;
  }
}
