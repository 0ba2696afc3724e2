import type { Comment } from "./types";

/** Comments by id, as far as they are known. */
export type Held = ReadonlyMap<string, Comment>;

export interface Thread {
  first: Comment;
  replies: Comment[];
}

export type Which = "open" | "resolved" | "all";

/** Takes in what an answer said; what is held stays where it is newer. */
export function learned(held: Held, comments: readonly Comment[]): Held {
  const next = new Map(held);
  for (const comment of comments) {
    if ((next.get(comment.id)?.revision ?? 0) <= comment.revision) next.set(comment.id, comment);
  }
  return next;
}

/** Takes out what is gone. The empty place of a deleted comment goes with its last reply; no fact tells of that. */
export function forgotten(held: Held, id: string): Held {
  const gone = held.get(id);
  if (!gone) return held;
  const next = new Map(held);
  next.delete(id);
  const first = next.get(gone.thread_id);
  const left = [...next.values()].some((each) => each.thread_id === gone.thread_id && each.id !== gone.thread_id);
  if (first && first.deleted_at !== null && !left) next.delete(first.id);
  return next;
}

/** Threads in the order in which they were begun, replies too; ids tell when they were made. */
export function threads(held: Held): Thread[] {
  const all = [...held.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  const begun = new Map(all.filter(({ id, thread_id }) => id === thread_id).map((first) => [first.id, { first, replies: [] as Comment[] }]));
  for (const comment of all) if (comment.id !== comment.thread_id) begun.get(comment.thread_id)?.replies.push(comment);
  return [...begun.values()];
}

export function chosen(all: readonly Thread[], which: Which): Thread[] {
  return which === "all" ? [...all] : all.filter(({ first }) => (first.resolved_at !== null) === (which === "resolved"));
}

/** Whether a fact tells of something that is not held yet. */
export function isNews(held: Held, id: string, revision: unknown): boolean {
  const known = held.get(id);
  return !known || typeof revision !== "number" || revision > known.revision;
}
