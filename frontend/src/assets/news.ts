import { useEffect } from "react";
import { feed } from "../app/live";

const TOGETHER_MS = 400;
const CATALOGUED = new Set(["asset.ready", "asset.created", "version.created", "publish.done", "publish.drifted"]);

/** Calls `read` after facts about assets (or only about `id`) have arrived; many together call it once. */
export function useAssetNews(read: () => void, id?: string): void {
  useEffect(() => {
    let timer: number | undefined;
    const stop = feed.onFact((fact) => {
      const ours = CATALOGUED.has(fact.type) && (id === undefined || fact.subject.id === id);
      if (ours) timer ??= window.setTimeout(() => {
        timer = undefined;
        read();
      }, TOGETHER_MS);
    });
    return () => {
      stop();
      window.clearTimeout(timer);
    };
  }, [read, id]);
}
