import { useEffect } from "react";
import { feed } from "../app/live";
import type { ShelfName } from "./place";

const TOGETHER_MS = 800;
const CHANGED = new Set([
  "asset.ready", "asset.updated", "asset.trashed", "asset.restored", "asset.purged", "version.created", "version.current_changed", "publish.done",
]);
const LEFT: Record<ShelfName, ReadonlySet<string>> = {
  library: new Set(["asset.trashed", "asset.purged"]),
  trash: new Set(["asset.restored", "asset.purged"]),
};

/** Calls `read` after facts about assets, with those that have left the shelf; many together, and during a reading, call it once. */
export function useShelfNews(shelf: ShelfName, read: (left: ReadonlySet<string>) => Promise<void>): void {
  useEffect(() => {
    let left = new Set<string>();
    let timer: number | undefined;
    let reading = false;
    let more = false;
    const tell = async () => {
      timer = undefined;
      const told = left;
      left = new Set();
      reading = true;
      await read(told).catch(() => undefined); // the list stays as it was; the next fact tries again
      reading = false;
      if (more) soon();
    };
    const soon = () => {
      more = reading;
      if (!reading) timer ??= window.setTimeout(() => void tell(), TOGETHER_MS);
    };
    const stopFacts = feed.onFact(({ type, subject }) => {
      if (!CHANGED.has(type)) return;
      if (LEFT[shelf].has(type)) left.add(subject.id);
      else left.delete(subject.id);
      soon();
    });
    let connection = feed.connection.get();
    const stopConnection = feed.connection.subscribe(() => {
      const was = connection;
      connection = feed.connection.get();
      if (was !== "live" && connection === "live") soon(); // facts may have been missed
    });
    return () => {
      stopFacts();
      stopConnection();
      more = false;
      window.clearTimeout(timer);
    };
  }, [shelf, read]);
}
