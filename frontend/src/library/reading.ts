import { useEffect, useMemo } from "react";
import { get } from "../wire/http";
import { asProblem } from "../wire/problem";
import { Store, useStore } from "../wire/store";
import type { Page } from "../wire/types";
import { appended, type Book, leafAt, lightened, opened, outdated, reread, UNREAD, without } from "./book";
import type { Listed } from "./types";

const LEAF = 100;
const MOST = 200; // what the server gives at once: room for what has come between
const AHEAD = 150;
const REMEMBERED = 8;

/** Reads a list as far as a person looks, and again where it has changed. */
export class Reading {
  readonly book = new Store<Book>(UNREAD);
  readonly #path: string;
  readonly #filling = new Set<number>();
  #edition = 0; // answers for an earlier one come too late
  #loading: number | null = null; // the edition for which a page is under way
  #seen = { first: 0, last: 0 };

  constructor(path: string) {
    this.#path = path;
  }

  start(): void {
    if (this.book.get().leaves.length === 0) this.#more();
  }

  /** Tells which places the window shows: what they need is read, what is far is forgotten. */
  see(first: number, last: number): void {
    const book = this.book.get();
    this.#seen = { first: leafAt(book, first), last: leafAt(book, last) };
    if (book.phase === "failed") return;
    for (let n = this.#seen.first; n <= this.#seen.last; n += 1) if (book.leaves[n]?.cards === null) void this.#fill(n);
    if (book.next !== null && last >= book.length - AHEAD) this.#more();
    this.book.set(lightened(this.book.get(), this.#seen.first, this.#seen.last));
  }

  again(): void {
    this.book.set({ ...this.book.get(), phase: "ready", problem: null });
    if (this.book.get().leaves.length === 0 || this.book.get().next !== null) this.#more();
  }

  /** Reads the list from its start; what is shown stays until the answer is there. */
  async restart(): Promise<void> {
    const edition = ++this.#edition;
    this.#filling.clear();
    this.#loading = null;
    const page = await this.#get(null, LEAF);
    if (edition === this.#edition) this.book.set(opened(page));
  }

  /** Reads what is on screen again, in place, and looks at the start for what is new. */
  async refresh(left: ReadonlySet<string>): Promise<void> {
    const { first, last } = this.#seen;
    this.book.set(outdated(this.book.get(), left, first, last));
    const stale = new Set([0]);
    for (let n = first; n <= last; n += 1) stale.add(n);
    await Promise.all([...stale].map((n) => this.#reread(n)));
  }

  remove(ids: ReadonlySet<string>): void {
    this.#edition += 1;
    this.#filling.clear();
    this.#loading = null;
    this.book.set(without(this.book.get(), ids));
  }

  async #reread(n: number): Promise<void> {
    const edition = this.#edition;
    const leaf = this.book.get().leaves[n];
    if (!leaf) return;
    const page = await this.#get(leaf.cursor, MOST);
    if (edition === this.#edition) this.book.set(reread(this.book.get(), n, page.items));
  }

  async #fill(n: number): Promise<void> {
    if (this.#filling.has(n)) return;
    this.#filling.add(n);
    try {
      await this.#reread(n);
    } catch (error) {
      this.book.set({ ...this.book.get(), phase: "failed", problem: asProblem(error) });
    } finally {
      this.#filling.delete(n);
    }
  }

  #more(): void {
    const edition = this.#edition;
    if (this.#loading === edition) return;
    this.#loading = edition;
    this.#append(edition).finally(() => {
      if (this.#loading === edition) this.#loading = null;
    });
  }

  async #append(edition: number): Promise<void> {
    try {
      const page = await this.#get(this.book.get().next, LEAF);
      if (edition === this.#edition) this.book.set(appended(this.book.get(), page));
    } catch (error) {
      if (edition === this.#edition) this.book.set({ ...this.book.get(), phase: "failed", problem: asProblem(error) });
    }
  }

  #get(cursor: string | null, limit: number): Promise<Page<Listed>> {
    const after = cursor === null ? "" : `&cursor=${encodeURIComponent(cursor)}`;
    return get(`${this.#path}${this.#path.includes("?") ? "&" : "?"}limit=${limit}${after}`);
  }
}

const remembered = new Map<string, Reading>();

function readingOf(path: string): Reading {
  const reading = remembered.get(path) ?? new Reading(path);
  remembered.delete(path);
  remembered.set(path, reading);
  const oldest = remembered.keys().next().value;
  if (remembered.size > REMEMBERED && oldest !== undefined) remembered.delete(oldest);
  return reading;
}

/** Nothing of a person may be left for the next one to sign in. */
export function forgetReadings(): void {
  remembered.clear();
}

/** The list behind `path`, remembered so that "back" finds it as it was. */
export function useReading(path: string): { reading: Reading; book: Book } {
  const reading = useMemo(() => readingOf(path), [path]);
  useEffect(() => reading.start(), [reading]);
  return { reading, book: useStore(reading.book) };
}
