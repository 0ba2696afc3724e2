import { useCallback, useEffect, useMemo, useSyncExternalStore } from "react";
import { get } from "../wire/http";
import { asProblem, type Problem } from "../wire/problem";
import { Store } from "../wire/store";
import type { Page } from "../wire/types";

interface Pages<T> {
  items: readonly T[];
  next: string | null;
  phase: "loading" | "ready" | "failed";
  problem: Problem | null;
}

const REMEMBERED = 24;

/** A list that grows page by page. It is remembered, so that "back" finds it as it was. */
class Listed<T> {
  readonly store = new Store<Pages<T>>({ items: [], next: null, phase: "loading", problem: null });
  readonly #path: string;
  #busy: Promise<void> | null = null;

  constructor(path: string) {
    this.#path = path;
  }

  /** The next page; the first one when there is none yet or it failed. */
  readonly more = (): void => {
    this.#busy ??= this.#load().finally(() => {
      this.#busy = null;
    });
  };

  readonly next = (): void => {
    if (this.store.get().phase === "ready" && this.store.get().next !== null) this.more();
  };

  /** Reads the first page again and puts it before what is held, so that news appear without losing the place. */
  async refresh(id: (item: T) => string): Promise<void> {
    const page = await get<Page<T>>(this.#path);
    const held = this.store.get();
    const known = new Set(page.items.map(id));
    const whole = page.next_cursor === null;
    const older = whole ? [] : held.items.filter((item) => !known.has(id(item)));
    this.store.set({ ...held, items: [...page.items, ...older], next: older.length > 0 ? held.next : page.next_cursor, phase: "ready" });
  }

  async #load(): Promise<void> {
    const held = this.store.get();
    this.store.set({ ...held, phase: "loading", problem: null });
    try {
      const cursor = held.next === null ? "" : `${this.#path.includes("?") ? "&" : "?"}cursor=${encodeURIComponent(held.next)}`;
      const page = await get<Page<T>>(this.#path + cursor);
      this.store.set({ items: [...held.items, ...page.items], next: page.next_cursor, phase: "ready", problem: null });
    } catch (error) {
      this.store.set({ ...held, phase: "failed", problem: asProblem(error) });
    }
  }
}

const remembered = new Map<string, Listed<unknown>>();

function listed<T>(path: string, edition: string): Listed<T> {
  const key = `${edition} ${path}`;
  const known = (remembered.get(key) ?? new Listed<unknown>(path)) as Listed<T>;
  remembered.delete(key);
  remembered.set(key, known as Listed<unknown>);
  const oldest = remembered.keys().next().value;
  if (remembered.size > REMEMBERED && oldest !== undefined) remembered.delete(oldest);
  return known;
}

/** Nothing of a person may be left for the next one to sign in. */
export function forgetPages(): void {
  remembered.clear();
}

export interface PagesView<T> extends Pages<T> {
  more: () => void;
  again: () => void;
  refresh: (id: (item: T) => string) => Promise<void>;
}

/** The list behind `path`. A new `edition` of what it lists starts it again. */
export function usePages<T>(path: string, edition = ""): PagesView<T> {
  const pages = useMemo(() => listed<T>(path, edition), [path, edition]);
  const view = useSyncExternalStore(pages.store.subscribe, pages.store.get);
  useEffect(() => {
    if (pages.store.get().items.length === 0) pages.more();
  }, [pages]);
  const refresh = useCallback((id: (item: T) => string) => pages.refresh(id), [pages]);
  return { ...view, more: pages.next, again: pages.more, refresh };
}
