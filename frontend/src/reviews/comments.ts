import { get, patch, post, query, remove } from "../wire/http";
import { asProblem, Problem } from "../wire/problem";
import { Store } from "../wire/store";
import type { Fact, Page } from "../wire/types";
import { forgotten, isNews, learned, type Held } from "./threads";
import type { Anchor, Comment } from "./types";

const PAGE = 200;
const PAGES_AT_ONCE = 5;
const MANY = 12; // so many at once are read as a list again

export interface Said {
  held: Held;
  phase: "loading" | "ready" | "failed";
  problem: Problem | null;
  /** Where older threads go on; null when all are held. */
  next: string | null;
}

export interface Saying {
  id: string;
  text: string;
  version?: number;
  reply_to?: string;
  anchor?: Anchor;
}

/** What is said of one version, kept true by facts and answers. */
export class Comments {
  readonly said = new Store<Said>({ held: new Map(), phase: "loading", problem: null, next: null });
  readonly #path: string;
  readonly #assetId: string;
  readonly #version: number;
  #wanted = new Set<string>();
  #timer: number | undefined;
  #reading: AbortController | null = null;
  #touched = new Set<string>(); // since the reading began: its answer may be older

  constructor(assetId: string, version: number) {
    this.#assetId = assetId;
    this.#version = version;
    this.#path = `/assets/${encodeURIComponent(assetId)}/comments`;
  }

  /** Reads all threads anew, a bounded number of pages. */
  readonly read = (): Promise<void> => this.#read(null);

  readonly older = (): Promise<void> => this.#read(this.said.get().next);

  stop(): void {
    window.clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#reading?.abort();
  }

  /** Facts name what has changed and never quote it, so it is read where it stands. */
  hear(fact: Fact): void {
    const { comment_id: id, version, comment_revision: revision } = fact.data;
    const ours = fact.subject.id === this.#assetId && fact.type.startsWith("comment.") && version === this.#version;
    if (!ours || typeof id !== "string") return;
    if (fact.type !== "comment.deleted" && !isNews(this.said.get().held, id, revision)) return;
    this.#wanted.add(id);
    this.#timer ??= window.setTimeout(() => {
      this.#timer = undefined;
      void this.#catchUp();
    }, 30);
  }

  /** Says something. Sent again with the same id it is not said twice, but takes the words of the second time. */
  async say(what: Saying): Promise<void> {
    try {
      this.#learn(await post<Comment>(this.#path, what));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (error.status === 409 && error.code === "conflict") return this.#sayAgain(what);
      if (error.status !== 422) throw error;
      const { id: _refused, ...plain } = what; // perhaps for its id: a clock that is wrong makes ids of another time
      this.#learn(await post<Comment>(this.#path, plain));
    }
  }

  // It had arrived, and only the answer was lost.
  async #sayAgain({ id, text }: Saying): Promise<void> {
    const there = await get<Comment>(at(id));
    this.#learn(there);
    if (there.text !== text.trim()) await this.edit(there, text);
  }

  /** Asks for a comment that the pages read so far lack, and for what it replies to; false where this version has none such. */
  async find(id: string): Promise<boolean> {
    const found = await get<Comment>(at(id));
    if (found.asset_id !== this.#assetId || found.version !== this.#version) return false;
    if (found.thread_id !== id) this.#learn(await get<Comment>(at(found.thread_id)));
    this.#learn(found);
    return true;
  }

  async edit(comment: Comment, text: string): Promise<void> {
    await this.#change(comment.id, async () => this.#learn(await patch<Comment>(at(comment.id), { text }, comment)));
  }

  async remove(comment: Comment): Promise<void> {
    await this.#change(comment.id, async () => {
      await remove(at(comment.id), comment);
      await this.#look(comment.id);
    });
  }

  async settle(comment: Comment, how: "resolve" | "reopen"): Promise<void> {
    this.#learn(await post<Comment>(`${at(comment.id)}/${how}`));
  }

  // Who was too late sees what it is now, and is told.
  async #change(id: string, change: () => Promise<void>): Promise<void> {
    try {
      await change();
    } catch (error) {
      if (error instanceof Problem && (error.status === 412 || error.status === 404)) await this.#look(id);
      throw error;
    }
  }

  async #read(from: string | null): Promise<void> {
    this.#reading?.abort();
    const reading = (this.#reading = new AbortController());
    this.#touched = new Set();
    let next = from;
    try {
      const found: Comment[] = [];
      for (let page = 0; page < PAGES_AT_ONCE && (page === 0 || next !== null); page++) {
        const answer: Page<Comment> = await get(this.#path + query({ version: this.#version, limit: PAGE, cursor: next }), reading.signal);
        found.push(...answer.items);
        next = answer.next_cursor;
      }
      const before: Held = from === null ? new Map() : this.said.get().held;
      this.said.set({ held: learned(before, found), phase: "ready", problem: null, next });
      await Promise.all([...this.#touched].map((id) => this.#look(id)));
    } catch (error) {
      if (!reading.signal.aborted) this.said.set({ ...this.said.get(), phase: "failed", problem: asProblem(error) });
    }
  }

  async #catchUp(): Promise<void> {
    const ids = [...this.#wanted];
    this.#wanted = new Set();
    if (ids.length > MANY) return this.read();
    try {
      await Promise.all(ids.map((id) => this.#look(id)));
    } catch (error) {
      this.said.set({ ...this.said.get(), problem: asProblem(error) });
    }
  }

  async #look(id: string): Promise<void> {
    this.#touched.add(id);
    try {
      this.#learn(await get<Comment>(at(id)));
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 404) throw error;
      this.said.set({ ...this.said.get(), held: forgotten(this.said.get().held, id) });
    }
  }

  #learn(comment: Comment): void {
    this.#touched.add(comment.id);
    this.said.set({ ...this.said.get(), held: learned(this.said.get().held, [comment]) });
  }
}

function at(id: string): string {
  return `/comments/${encodeURIComponent(id)}`;
}
