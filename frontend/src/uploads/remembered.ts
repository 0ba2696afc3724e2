import type { Opened, Standing } from "../wire/tus";
import { marked, matches, UNMARKED, type Marks } from "./marks";
import { ANOTHER, elsewhere, unreadable } from "./said";
import type { Kept, Shelf } from "./shelf";
import type { Target, Ticket } from "./upload";

export interface RememberedNeeds {
  shelf: Pick<Shelf, "claim" | "keep" | "note" | "forget" | "hasTwin">;
  print(file: File, target: Target | null): Promise<string | null>;
}

/** What this browser remembers of one file on its way, so that a later life of the page goes on with it.
 *
 * A file without a fingerprint, and the second of two equal files, are sent all the same and not remembered.
 */
export class Remembered {
  readonly #needs: RememberedNeeds;
  readonly #file: File;
  readonly #target: Target | null;
  #print: string | null = null;
  #marks: Marks = UNMARKED;
  #release = () => {};

  constructor(needs: RememberedNeeds, file: File, target: Target | null = null) {
    this.#needs = needs;
    this.#file = file;
    this.#target = target;
  }

  get print(): string | null {
    return this.#print;
  }

  /** Makes sure that no other window sends this file, and finds what an earlier life of the page has left of it. */
  async claim(ticket: Ticket | null, says: (text: string) => void): Promise<Kept | null> {
    const print = ticket ? ticket.print : await this.#needs.print(this.#file, this.#target).catch(unreadable);
    if (print === null) return null;
    const claim = await this.#needs.shelf.claim(print);
    if (!claim && ticket) throw elsewhere();
    if (!claim) return null;
    this.#release = claim.release;
    this.#print = print;
    const { name, size } = this.#file;
    if (!claim.kept && !ticket && this.#needs.shelf.hasTwin(name, size, print)) says(ANOTHER);
    return claim.kept;
  }

  release(): void {
    this.#release();
  }

  /** True if the file still has what was acknowledged of it; else it is forgotten. */
  async isStill({ marks = UNMARKED }: Kept): Promise<boolean> {
    const isSame = await matches(marks, this.#file).catch(unreadable);
    if (isSame) this.#marks = marks;
    else this.forget();
    return isSame;
  }

  began(opened: Opened): void {
    this.#marks = UNMARKED;
    const { name, size } = this.#file;
    if (this.#print !== null) this.#needs.shelf.keep({ ...opened, print: this.#print, name, size, stored: 0, expires: null, ...(this.#target && { target: this.#target }) });
  }

  /** The bytes from `start` to `end` have arrived; `stored` are there in all. */
  async arrived(start: number, end: number, stored: number): Promise<void> {
    if (this.#print === null) return;
    this.#marks = await marked(this.#marks, this.#file, start, end).catch(unreadable);
    this.#needs.shelf.note(this.#print, { stored, marks: this.#marks });
  }

  stands({ offset, expires }: Standing): void {
    if (this.#print !== null) this.#needs.shelf.note(this.#print, { stored: offset, ...(expires !== null && { expires }) });
  }

  /** It goes on through the server, and no more in parts. */
  throughUs(): void {
    if (this.#print !== null) this.#needs.shelf.note(this.#print, { partSize: null });
  }

  forget(): void {
    if (this.#print !== null) this.#needs.shelf.forget(this.#print);
  }
}
