import { useCallback, useEffect, useRef } from "react";
import { feed } from "../app/live";
import type { PagesView } from "../ui/pages";
import type { Fact } from "../wire/types";

const TOGETHER_MS = 400;
const CATALOGUED = new Set([
  "asset.ready", "asset.created", "asset.updated", "asset.trashed", "asset.restored", "asset.purged", "version.created",
  "version.current_changed", "publish.done", "publish.drifted",
]);

/** Calls `read` after facts about assets (or only about `id`) have arrived; many together call it once. */
export function useAssetNews(read: () => void, id?: string): void {
  useEffect(() => hear((fact) => {
    if (id === undefined) return CATALOGUED.has(fact.type);
    // pictures and facts of a new version are told by the job that makes them
    return fact.subject.id === id ? CATALOGUED.has(fact.type) : fact.type === "job.status_changed" && fact.data["asset_id"] === id;
  }, read), [read, id]);
}

/** The same for facts of some kinds about one asset: "approval.", "share." */
export function useNewsOf(id: string, kinds: string, read: () => void): void {
  useEffect(() => hear(({ subject, type }) => subject.id === id && kinds.split(" ").some((kind) => type.startsWith(kind)), read), [read, id, kinds]);
}

/** Keeps a remembered list true: it is read again when it is shown again, and after facts of these kinds. */
export function useFresh<T>({ refresh, phase }: PagesView<T>, id: string, kinds: string, keyOf: (item: T) => string): void {
  // a failed refresh leaves the list as it was; the next fact tries again
  const again = useCallback(() => void refresh(keyOf).catch(() => undefined), [refresh, keyOf]);
  const wasThere = useRef<typeof refresh | null>(phase === "ready" ? refresh : null);
  useEffect(() => {
    if (wasThere.current === refresh) again();
    wasThere.current = null;
  }, [again, refresh]);
  useNewsOf(id, kinds, again);
}

/** Calls `read` a moment after facts that matter, and when the live connection is back; returns what ends it. */
function hear(matters: (fact: Fact) => boolean, read: () => void): () => void {
  let timer: number | undefined;
  const soon = () => {
    timer ??= window.setTimeout(() => {
      timer = undefined;
      read();
    }, TOGETHER_MS);
  };
  const stopFacts = feed.onFact((fact) => matters(fact) && soon());
  let state = feed.connection.get();
  const stopConnection = feed.connection.subscribe(() => {
    const back = feed.connection.get() === "live" && state === "offline";
    state = feed.connection.get();
    if (back) soon();
  });
  return () => {
    stopFacts();
    stopConnection();
    window.clearTimeout(timer);
  };
}
