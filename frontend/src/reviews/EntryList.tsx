import { useEffect, useState } from "react";
import { Thumbnail } from "../assets/Thumbnail";
import { Empty } from "../ui/Empty";
import { usePages } from "../ui/pages";
import { ProblemNote } from "../ui/ProblemNote";
import { Search } from "../ui/Search";
import { Sentinel } from "../ui/Sentinel";
import { many } from "../ui/words";
import { get, query } from "../wire/http";
import { Store, useStore } from "../wire/store";
import type { AssetDetail, PackageEntry, Page } from "../wire/types";

const PAGE = 100;

const paths = new Store<ReadonlyMap<string, string>>(new Map());

function learn(assetId: string, entries: readonly PackageEntry[]): void {
  const fresh = entries.filter(({ guid }) => !paths.get().has(`${assetId}/${guid}`));
  if (fresh.length > 0) paths.set(new Map([...paths.get(), ...fresh.map(({ guid, path }) => [`${assetId}/${guid}`, path] as const)]));
}

/** What an entry is called; its GUID as long as nobody knows. */
export function useEntryName(assetId: string, guid: string): string {
  const path = useStore(paths).get(`${assetId}/${guid}`);
  useEffect(() => {
    if (paths.get().has(`${assetId}/${guid}`)) return;
    const stop = new AbortController();
    get<Page<PackageEntry>>(`/assets/${encodeURIComponent(assetId)}/entries${query({ q: guid, limit: 5 })}`, stop.signal)
      .then(({ items }) => learn(assetId, items), () => undefined); // the GUID stays, which is a name, too
    return () => stop.abort();
  }, [assetId, guid]);
  return path === undefined ? `${guid.slice(0, 8)}…` : path.slice(path.lastIndexOf("/") + 1) || path;
}

interface EntryListProps {
  asset: AssetDetail;
  version: number;
  marked: ReadonlyMap<string, number>;
  focused: string | null;
  chosen: string | null;
  onPick: ((guid: string) => void) | null;
}

/** What is in the package, to point at. */
export function EntryList({ asset, version, marked, focused, chosen, onPick }: EntryListProps) {
  const [text, setText] = useState("");
  useEffect(() => {
    if (focused !== null) setText(focused);
  }, [focused]);
  const pages = usePages<PackageEntry>(`/assets/${encodeURIComponent(asset.id)}/entries${query({ q: text, limit: PAGE })}`, `review v${version}`);
  useEffect(() => learn(asset.id, pages.items), [asset.id, pages.items]);
  return (
    <section className="review-entries" aria-label="Entries to comment on">
      <div className="review-entries-top">
        <span className="muted small">{many(asset.entry_count ?? 0, "entry", "entries")}</span>
        <Search label="Find an entry" value={text} onSearch={setText} testId="review-entry-search" />
      </div>
      {pages.problem && <ProblemNote problem={pages.problem} again={pages.again} />}
      <ul>
        {pages.items.map((entry) => (
          <li key={entry.number}>
            <button type="button" className="review-entry" aria-pressed={chosen === entry.guid} data-focused={focused === entry.guid || undefined}
              data-testid="review-entry" data-guid={entry.guid} disabled={onPick === null} onClick={() => onPick?.(entry.guid)}>
              <Thumbnail url={entry.preview_url} kind={entry.kind} size={16} />
              <span className="review-entry-path">{entry.path || entry.guid}</span>
              {marked.has(entry.guid) && <span className="chip run">{many(marked.get(entry.guid) ?? 0, "comment")}</span>}
            </button>
          </li>
        ))}
      </ul>
      {pages.phase === "ready" && pages.items.length === 0 && <Empty icon="search" title="No entry matches" />}
      {pages.next !== null && <Sentinel onNear={pages.more} turn={pages.items.length} />}
    </section>
  );
}
