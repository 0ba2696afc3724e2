import { useCallback } from "react";
import { useNews } from "../app/news";
import type { Fact } from "../wire/types";

const CHANGES = new Set([
  "asset.ready", "asset.created", "asset.updated", "asset.trashed", "asset.restored", "asset.purged", "version.created",
  "version.current_changed", "publish.done", "publish.drifted",
]);

/** Whether a fact changes what lists and pages say of assets. */
export function changesAssets({ type }: Fact): boolean {
  return CHANGES.has(type);
}

/** Calls `read` after facts about one asset. */
export function useAssetNews(id: string, read: () => unknown): void {
  const matters = useCallback((fact: Fact) => (
    // pictures and facts of a new version are told by the job that makes them
    fact.subject.id === id ? changesAssets(fact) : fact.type === "job.status_changed" && fact.data["asset_id"] === id
  ), [id]);
  useNews(matters, read);
}
