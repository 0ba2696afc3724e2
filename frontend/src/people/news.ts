import { useEffect } from "react";
import { feed } from "../app/live";

const TOGETHER_MS = 300;

/** Calls `read` after something about the people of the studio has changed, and once at the start: lists are remembered. */
export function usePeopleNews(read: () => Promise<void>): void {
  useEffect(() => {
    let timer: number | undefined;
    const soon = () => {
      // a failed refresh leaves the list as it was; the next fact tries again
      timer ??= window.setTimeout(() => (timer = undefined, void read().catch(() => undefined)), TOGETHER_MS);
    };
    soon();
    const stop = feed.onFact(({ type }) => type.startsWith("member.") && soon());
    return () => {
      stop();
      window.clearTimeout(timer);
    };
  }, [read]);
}
