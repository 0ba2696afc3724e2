import type { Aged, Table } from "../wire/database";

/** A file of a group: its job, and where its upload is as long as it has not arrived. */
export interface Checkpoint {
  jobId: string;
  /** Null once the file has arrived. */
  url: string | null;
  /** Of an upload in parts that go straight to where bytes live. */
  partSize: number | null;
}

export interface CheckpointRow extends Aged, Checkpoint {}

export interface CheckpointsNeeds {
  files: Table<CheckpointRow>;
  groups: Table<Aged>;
  now(): number;
}

const MOST = 20_000; // some megabytes
const KEPT_MS = 30 * 24 * 3600 * 1000; // as long as the command line does
const TIDY_EACH = 1_000;

/** Which files of which groups this browser has sent, so that a folder that is dropped again sends what is missing.
 *
 * Files matter more than remembering them: after the first failure of the browser's storage no more is remembered.
 */
export class Checkpoints {
  readonly #needs: CheckpointsNeeds;
  readonly #begun = new Set<string>();
  #written = 0;
  #failed = false;

  constructor(needs: CheckpointsNeeds) {
    this.#needs = needs;
  }

  async find(print: string): Promise<Checkpoint | null> {
    const row = await this.#attempt(() => this.#needs.files.get(print), null);
    return row && row.at >= this.#oldest() ? row : null;
  }

  async keep(print: string, { jobId, url, partSize }: Checkpoint): Promise<void> {
    await this.#attempt(() => this.#needs.files.put({ key: print, at: this.#needs.now(), jobId, url, partSize }), undefined);
    if (this.#written++ % TIDY_EACH === 0) await this.#tidy();
  }

  async forget(print: string): Promise<void> {
    await this.#attempt(() => this.#needs.files.remove(print), undefined);
  }

  /** Files are on their way to this group: until they have arrived, its folder goes on in it when it is dropped again. */
  async began(groupId: string): Promise<void> {
    if (this.#begun.has(groupId)) return;
    this.#begun.add(groupId);
    await this.#attempt(() => this.#needs.groups.put({ key: groupId, at: this.#needs.now() }), undefined);
  }

  /** Nothing is left to be sent to this group. */
  async ended(groupId: string): Promise<void> {
    this.#begun.delete(groupId);
    await this.#attempt(() => this.#needs.groups.remove(groupId), undefined);
  }

  /** True of a group whose files were on their way when the page ended. */
  async isUnfinished(groupId: string): Promise<boolean> {
    const row = await this.#attempt(() => this.#needs.groups.get(groupId), null);
    return row !== null && row.at >= this.#oldest();
  }

  async #tidy(): Promise<void> {
    for (const table of [this.#needs.files, this.#needs.groups]) await this.#attempt(() => table.trim(this.#oldest(), MOST), undefined);
  }

  #oldest(): number {
    return this.#needs.now() - KEPT_MS;
  }

  async #attempt<T>(work: () => Promise<T>, otherwise: T): Promise<T> {
    if (this.#failed) return otherwise;
    try {
      return await work();
    } catch {
      this.#failed = true;
      return otherwise;
    }
  }
}
