import { useEffect, useMemo, useSyncExternalStore } from "react";
import { feed } from "../app/live";
import type { Fact } from "../wire/types";

interface Living {
  read: () => Promise<void>;
  hear: (fact: Fact) => void;
  stop: () => void;
}

/** Something that is read once and then kept true by facts, for as long as it is on screen. `make` is of one `key`. */
export function useLiving<T extends Living>(key: string, make: () => T): T {
  const living = useMemo(make, [key]);
  // a new epoch: the connection was away for too long to catch up by facts
  const epoch = useSyncExternalStore(feed.jobs.subscribe, () => feed.jobs.get().epoch);
  useEffect(() => feed.onFact((fact) => living.hear(fact)), [living]);
  useEffect(() => void living.read(), [living, epoch]);
  useEffect(() => () => living.stop(), [living]);
  return living;
}
