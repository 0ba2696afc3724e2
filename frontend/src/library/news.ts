import { useEffect } from "react";
import { follow } from "../app/news";
import { changesAssets } from "../assets/news";
import type { ShelfName } from "./place";
import type { Reading } from "./reading";

const AT_TOP = 24; // pixels: there, what is new may push the rest down
const TOGETHER_MS = 800;
const LEFT: Record<ShelfName, ReadonlySet<string>> = {
  library: new Set(["asset.trashed", "asset.purged"]),
  trash: new Set(["asset.restored", "asset.purged"]),
};

/** Keeps a list true: for news about assets, and where it is remembered from before, for what it has not heard since. */
export function useShelfNews(shelf: ShelfName, reading: Reading): void {
  useEffect(() => {
    let left = new Set<string>();
    const news = follow((fact) => {
      if (LEFT[shelf].has(fact.type)) left.add(fact.subject.id);
      else if (changesAssets(fact)) left.delete(fact.subject.id);
      return changesAssets(fact);
    }, () => {
      const told = left;
      left = new Set();
      return window.scrollY < AT_TOP ? reading.restart() : reading.refresh(told);
    }, TOGETHER_MS);
    if (reading.book.get().leaves.length > 0) news.now();
    return news.stop;
  }, [shelf, reading]);
}
