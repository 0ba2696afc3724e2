import type { Opened, Standing } from "../wire/tus";
import type { Checkpoint, Checkpoints } from "./checkpoints";
import { marked, matches, UNMARKED, type Marks } from "./marks";
import { ANOTHER, elsewhere, unreadable } from "./said";
import type { Kept, Shelf } from "./shelf";
import type { Ticket, Upload } from "./upload";

export interface RememberedNeeds {
  shelf: Pick<Shelf, "claim" | "keep" | "note" | "forget" | "hasTwin">;
  print(upload: Upload): Promise<string | null>;
  checkpoints: Pick<Checkpoints, "find" | "keep" | "forget" | "began">;
}

/** An upload of an earlier life of the page that can be gone on with. */
export type Begun = Pick<Kept, "url" | "jobId" | "partSize" | "marks">;

/** What this browser remembers of one file on its way, so that a later life of the page goes on with it.
 *
 * A file without a fingerprint, and the second of two equal files, are sent all the same and not remembered.
 * A file of a group is remembered when it has arrived, too.
 */
export class Remembered {
  readonly #needs: RememberedNeeds;
  readonly #upload: Upload;
  readonly #file: File;
  #print: string | null = null;
  #marks: Marks = UNMARKED;
  #checkpoint: Checkpoint | null = null;
  #release = () => {};

  constructor(needs: RememberedNeeds, upload: Upload) {
    this.#needs = needs;
    this.#upload = upload;
    this.#file = upload.file;
  }

  get print(): string | null {
    return this.#print;
  }

  /** The job of a file that has arrived in this group before. */
  get sentAs(): string | null {
    return this.#checkpoint?.url === null ? this.#checkpoint.jobId : null;
  }

  /** Makes sure that no other window sends this file, and finds what an earlier life of the page has left of it. */
  async claim(ticket: Ticket | null, says: (text: string) => void): Promise<Begun | null> {
    const print = ticket ? ticket.print : await this.#printed();
    if (print === null) return null;
    const claim = await this.#needs.shelf.claim(print);
    if (!claim && ticket) throw elsewhere();
    if (!claim) return null;
    this.#release = claim.release;
    this.#print = print;
    this.#checkpoint = this.#path === undefined ? null : await this.#needs.checkpoints.find(print);
    if (ticket) return claim.kept;
    if (this.sentAs !== null) return null;
    const begun = claim.kept ?? this.#checkpoint;
    if (!begun && this.#needs.shelf.hasTwin(this.#file.name, this.#file.size, print, this.#path)) says(ANOTHER);
    return begun?.url == null ? null : { ...begun, url: begun.url };
  }

  async #printed(): Promise<string | null> {
    const { group } = this.#upload;
    if (group) await this.#needs.checkpoints.began(await group.id());
    return this.#needs.print(this.#upload).catch(unreadable);
  }

  get #path(): string | undefined {
    return this.#upload.group ? this.#upload.path : undefined;
  }

  release(): void {
    this.#release();
  }

  /** True if the file still has what was acknowledged of it; else it is forgotten. */
  async isStill({ marks = UNMARKED }: Begun): Promise<boolean> {
    const isSame = await matches(marks, this.#file).catch(unreadable);
    if (isSame) this.#marks = marks;
    else await this.forget();
    return isSame;
  }

  async began(opened: Opened): Promise<void> {
    this.#marks = UNMARKED;
    if (this.#print === null) return;
    const { name, size } = this.#file;
    const { target } = this.#upload;
    const path = this.#path;
    this.#needs.shelf.keep({ ...opened, print: this.#print, name, size, stored: 0, expires: null, ...(path !== undefined && { path }), ...(target && { target }) });
    await this.#check(opened.jobId, opened.url, opened.partSize ?? null);
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
  async throughUs(): Promise<void> {
    if (this.#print !== null) this.#needs.shelf.note(this.#print, { partSize: null });
    if (this.#checkpoint) await this.#check(this.#checkpoint.jobId, this.#checkpoint.url, null);
  }

  /** All of it has arrived, under this job. */
  async landed(jobId: string | null): Promise<void> {
    if (this.#print !== null) this.#needs.shelf.forget(this.#print);
    await this.#check(jobId, null, null);
  }

  async forget(): Promise<void> {
    if (this.#print === null) return;
    this.#needs.shelf.forget(this.#print);
    if (this.#checkpoint) await this.#needs.checkpoints.forget(this.#print);
    this.#checkpoint = null;
  }

  async #check(jobId: string | null, url: string | null, partSize: number | null): Promise<void> {
    if (this.#print === null || this.#path === undefined || jobId === null) return;
    this.#checkpoint = { jobId, url, partSize };
    await this.#needs.checkpoints.keep(this.#print, this.#checkpoint);
  }
}
