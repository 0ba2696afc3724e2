import { API } from "../wire/http";
import { Store } from "../wire/store";
import type { Claims } from "./claims";
import type { Marks } from "./marks";
import type { Target } from "./upload";

/** An upload that can be continued after a reload, once a person gives the file again. */
export interface Kept {
  print: string;
  url: string;
  jobId: string | null;
  owner: string;
  name: string;
  /** Within its group: its folder is given again, or it is, in that group. */
  path?: string;
  size: number;
  stored: number;
  partSize?: number | null;
  marks?: Marks;
  /** The asset whose next version it is: there its file is given again. */
  target?: Target;
  /** When it was begun, and when the server forgets it (ms). */
  at: number;
  expires: number | null;
}

export interface ShelfNeeds {
  storage: Pick<Storage, "getItem" | "setItem" | "removeItem" | "key" | "length">;
  claims: Claims;
  /** The member who is signed in: what another one left behind is not theirs. */
  owner(): string;
  now(): number;
}

const PREFIX = "upload:";

/** Unfinished uploads, remembered in this browser, an entry each so that windows do not write over each other. */
export class Shelf {
  /** Those that nobody is sending: they wait for their file. */
  readonly interrupted = new Store<readonly Kept[]>([]);
  readonly #needs: ShelfNeeds;

  constructor(needs: ShelfNeeds) {
    this.#needs = needs;
  }

  /** Takes the print of a file for this window until it is let go; null if somebody else is sending that file. */
  async claim(print: string): Promise<{ kept: Kept | null; release(): void } | null> {
    const release = await this.#needs.claims.take(print);
    if (!release) return null;
    const kept = this.#all().find((entry) => entry.print === print) ?? null;
    return { kept, release: () => (release(), void this.refresh()) };
  }

  /** True if one of the same name (or path in its group) and size was interrupted: it is worth saying that this one is another. */
  hasTwin(name: string, size: number, print: string, path?: string): boolean {
    return this.#all().some((entry) => entry.name === name && entry.size === size && entry.path === path && entry.print !== print);
  }

  keep(kept: Omit<Kept, "owner" | "at">): void {
    this.#write({ ...kept, owner: this.#needs.owner(), at: this.#needs.now() });
  }

  /** Writes down how far one is; one that was forgotten meanwhile stays so. */
  note(print: string, facts: Partial<Pick<Kept, "stored" | "expires" | "partSize" | "marks">>): void {
    const held = this.#all().find((entry) => entry.print === print);
    if (held) this.#write({ ...held, ...facts });
  }

  forget(print: string): void {
    this.#needs.storage.removeItem(PREFIX + print);
    this.interrupted.set(this.interrupted.get().filter((entry) => entry.print !== print));
  }

  forgetJob(jobId: string): void {
    for (const { print, jobId: held } of this.#all()) if (held === jobId) this.forget(print);
  }

  /** Looks again at what is there and what is being sent. */
  async refresh(): Promise<void> {
    const taken = await this.#needs.claims.taken();
    this.interrupted.set(this.#all().filter(({ print }) => !taken.has(print)).sort((a, b) => a.at - b.at || (a.name < b.name ? -1 : 1)));
  }

  // Entries are read anew each time: other windows write too, and so may anybody with the developer tools.
  #all(): Kept[] {
    const { storage } = this.#needs;
    const found: Kept[] = [];
    for (let index = storage.length - 1; index >= 0; index--) {
      const key = storage.key(index);
      if (!key?.startsWith(PREFIX)) continue;
      const kept = read(storage.getItem(key));
      if (!kept || (kept.expires !== null && kept.expires < this.#needs.now())) storage.removeItem(key);
      else if (kept.owner === this.#needs.owner()) found.push(kept);
    }
    return found;
  }

  #write(kept: Kept): void {
    try {
      this.#needs.storage.setItem(PREFIX + kept.print, JSON.stringify(kept));
    } catch {
      // storage may be full: the upload goes on all the same, it only cannot be continued after a reload
    }
  }
}

function read(text: string | null): Kept | null {
  try {
    const kept = JSON.parse(text ?? "") as Kept;
    const sound = [kept.print, kept.url, kept.owner, kept.name].every((each) => typeof each === "string");
    return sound && kept.url.startsWith(`${API}/files/`) && [kept.size, kept.stored, kept.at].every(Number.isFinite) ? kept : null;
  } catch {
    return null;
  }
}
