import { useEffect } from "react";
import { follow } from "../app/news";
import { changesAssets } from "../assets/news";
import type { ShelfName } from "./place";

const TOGETHER_MS = 800;
const LEFT: Record<ShelfName, ReadonlySet<string>> = {
  library: new Set(["asset.trashed", "asset.purged"]),
  trash: new Set(["asset.restored", "asset.purged"]),
};

/** Calls `read` for news about assets, with those that have left the shelf. */
export function useShelfNews(shelf: ShelfName, read: (left: ReadonlySet<string>) => Promise<void>): void {
  useEffect(() => {
    let left = new Set<string>();
    return follow((fact) => {
      if (LEFT[shelf].has(fact.type)) left.add(fact.subject.id);
      else if (changesAssets(fact)) left.delete(fact.subject.id);
      return changesAssets(fact);
    }, () => {
      const told = left;
      left = new Set();
      return read(told);
    }, TOGETHER_MS).stop;
  }, [shelf, read]);
}
