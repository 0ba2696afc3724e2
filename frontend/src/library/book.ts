import type { Problem } from "../wire/problem";
import type { Page } from "../wire/types";
import { cardOf, type Card, type Listed } from "./types";

/** A page of the list. Far from the window only its ids are kept; its cursor brings the cards back. */
export interface Leaf {
  cursor: string | null;
  ids: readonly string[];
  cards: readonly Card[] | null;
}

/** All that has been read of a list. Nothing in it moves by itself: what the window shows stays where it is. */
export interface Book {
  leaves: readonly Leaf[];
  /** How many assets lie before each leaf. */
  starts: readonly number[];
  length: number;
  next: string | null;
  phase: "loading" | "ready" | "failed";
  problem: Problem | null;
  /** What belongs into the leaves that were read again and waits for the list to be read anew. */
  fresh: ReadonlySet<string>;
}

export const UNREAD: Book = { leaves: [], starts: [], length: 0, next: null, phase: "loading", problem: null, fresh: new Set() };

/** How many leaves before and behind the window keep their cards. */
const NEAR = 6;

function bound(book: Book, leaves: readonly Leaf[]): Book {
  const starts: number[] = [];
  let length = 0;
  for (const { ids } of leaves) {
    starts.push(length);
    length += ids.length;
  }
  return { ...book, leaves, starts, length };
}

/** The book with one page more; what it knows already (a row moved meanwhile) is not shown twice in a row. */
export function appended(book: Book, page: Page<Listed>): Book {
  const before = new Set(book.leaves.at(-1)?.ids);
  const cards = page.items.filter(({ id }) => !before.has(id)).map(cardOf);
  const leaf = { cursor: book.next, ids: cards.map(({ id }) => id), cards };
  return bound({ ...book, next: page.next_cursor, phase: "ready", problem: null }, [...book.leaves, leaf]);
}

/** A book that begins anew. */
export function opened(page: Page<Listed>): Book {
  return appended(UNREAD, page);
}

/** The leaf that has the place. */
export function leafAt(book: Book, index: number): number {
  let low = 0;
  let high = book.starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((book.starts[middle] ?? 0) <= index) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The card at a place; null while it has to be read again. */
export function cardAt(book: Book, index: number): Card | null {
  const n = leafAt(book, index);
  return book.leaves[n]?.cards?.[index - (book.starts[n] ?? 0)] ?? null;
}

export function idAt(book: Book, index: number): string | null {
  const n = leafAt(book, index);
  return book.leaves[n]?.ids[index - (book.starts[n] ?? 0)] ?? null;
}

export function indexOf(book: Book, id: string): number {
  for (const [n, { ids }] of book.leaves.entries()) {
    const at = ids.indexOf(id);
    if (at >= 0) return (book.starts[n] ?? 0) + at;
  }
  return -1;
}

/** The ids from one place to another, both included. */
export function idsBetween(book: Book, from: number, to: number): string[] {
  return book.leaves.flatMap(({ ids }) => ids).slice(Math.min(from, to), Math.max(from, to) + 1);
}

/** The leaf's cards as they are now, each in its old place; one that left the list is kept as it was. */
export function reread(book: Book, n: number, items: readonly Listed[]): Book {
  const leaf = book.leaves[n];
  if (!leaf) return book;
  const now = new Map(items.map((item) => [item.id, item]));
  const cards = leaf.ids.map((id, place) => {
    const item = now.get(id);
    return item ? cardOf(item) : (leaf.cards?.[place] ?? lost(id));
  });
  const known = new Set(leaf.ids);
  const end = items.findLastIndex(({ id }) => known.has(id));
  const fresh = items.slice(0, n === 0 && end < 0 ? items.length : end + 1).filter(({ id }) => !known.has(id));
  return { ...replaced(book, n, { ...leaf, cards }), fresh: new Set([...book.fresh, ...fresh.map(({ id }) => id)]) };
}

/** Marks what has left the list, and forgets the cards that nobody sees, which may be old. */
export function outdated(book: Book, left: ReadonlySet<string>, first: number, last: number): Book {
  const leaves = book.leaves.map((leaf, n) => {
    if (n < first || n > last) return leaf.cards ? { ...leaf, cards: null } : leaf;
    if (!leaf.cards?.some(({ id }) => left.has(id))) return leaf;
    return { ...leaf, cards: leaf.cards.map((card) => (left.has(card.id) ? { ...card, gone: true } : card)) };
  });
  return { ...book, leaves };
}

/** Forgets the cards of leaves far from the window. */
export function lightened(book: Book, first: number, last: number): Book {
  const isFar = ({ cards }: Leaf, n: number) => cards !== null && (n < first - NEAR || n > last + NEAR);
  if (!book.leaves.some(isFar)) return book;
  return { ...book, leaves: book.leaves.map((leaf, n) => (isFar(leaf, n) ? { ...leaf, cards: null } : leaf)) };
}

/** The book without these assets. */
export function without(book: Book, ids: ReadonlySet<string>): Book {
  const leaves = book.leaves.map((leaf) => {
    if (!leaf.ids.some((id) => ids.has(id))) return leaf;
    return { ...leaf, ids: leaf.ids.filter((id) => !ids.has(id)), cards: leaf.cards?.filter(({ id }) => !ids.has(id)) ?? null };
  });
  return bound(book, leaves.filter((leaf, n) => n === 0 || leaf.ids.length > 0));
}

function replaced(book: Book, n: number, leaf: Leaf): Book {
  return { ...book, leaves: book.leaves.map((held, place) => (place === n ? leaf : held)) };
}

function lost(id: string): Card {
  return {
    id, name: "No longer here", kind: "other", created_at: "", updated_at: "", current_version: 1, latest_version: 1, publisher: null,
    thumbnail_url: null, tags: [], created_by: "", trashed_at: null, gone: true,
  };
}
