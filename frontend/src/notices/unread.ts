import { useEffect } from "react";
import { feed } from "../app/live";
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

const TOGETHER_MS = 400;
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
export function useNoticeNews(me: string, hear: () => void): void {
  useEffect(() => {
    let timer: number | undefined;
    const soon = () => {
      timer ??= window.setTimeout(() => (timer = undefined, hear()), TOGETHER_MS);
    };
    const back = () => document.visibilityState === "visible" && soon();
    const stops = [
      feed.onFact((fact) => concerns(fact, me) && soon()),
      feed.connection.subscribe(() => feed.connection.get() === "live" && soon()),
    ];
    document.addEventListener("visibilitychange", back); // it may have been read in another window
    return () => {
      for (const stop of stops) stop();
      document.removeEventListener("visibilitychange", back);
      window.clearTimeout(timer);
    };
  }, [me, hear]);
}

function concerns({ type, actor }: Fact, me: string): boolean {
  return CAUSES.has(type) && actor !== `member:${me}`;
}
