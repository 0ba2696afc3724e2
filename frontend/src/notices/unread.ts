import { useEffect } from "react";
import { follow } from "../app/news";
import { get, post } from "../wire/http";
import { Store } from "../wire/store";
import type { Fact } from "../wire/types";

interface Unread {
  unread: number;
}

/** How many notices wait, as far as this page knows. */
export const unread = new Store(0);

/** Those that were read here since their list was loaded. */
export const readHere = new Store<ReadonlySet<string>>(new Set());

const CAUSES = new Set(["comment.created", "comment.edited", "comment.deleted", "approval.given", "asset.trashed", "asset.purged", "asset.restored"]);

export async function countAgain(): Promise<void> {
  unread.set((await get<Unread>("/notifications/count")).unread);
}

export async function markRead(said: { ids?: readonly string[]; until?: string }, shown: readonly string[]): Promise<void> {
  unread.set((await post<Unread>("/notifications/read", said)).unread);
  readHere.set(new Set([...readHere.get(), ...shown]));
}

export function forgetNotices(): void {
  unread.set(0);
  readHere.set(new Set());
}

/** Calls `hear` when something may have happened that one is told of: others' doings, and coming back to the page. */
export function useNoticeNews(me: string, hear: () => unknown): void {
  useEffect(() => {
    const news = follow((fact) => concerns(fact, me), hear);
    const back = () => document.visibilityState === "visible" && news.now();
    document.addEventListener("visibilitychange", back); // it may have been read in another window
    return () => {
      news.stop();
      document.removeEventListener("visibilitychange", back);
    };
  }, [me, hear]);
}

function concerns({ type, actor }: Fact, me: string): boolean {
  return CAUSES.has(type) && actor !== `member:${me}`;
}
