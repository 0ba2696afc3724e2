import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { memo, useEffect, useLayoutEffect, useRef, useState } from "react";
import { Choice } from "../ui/Choice";
import { Empty } from "../ui/Empty";
import { PHONE, useMedia } from "../ui/media";
import { usePages } from "../ui/pages";
import { ProblemNote } from "../ui/ProblemNote";
import { Search } from "../ui/Search";
import { bytes, label, many, number } from "../ui/words";
import { query } from "../wire/http";
import type { PackageEntry } from "../wire/types";
import { Thumbnail } from "./Thumbnail";

const PAGE = 500;
const AHEAD = 150;
const ROW = 48; // rows are of one height, so that nothing is measured while scrolling
const PHONE_ROW = 64;

/** What is inside a package: searched by the server, loaded as it is scrolled, painted only near the window. */
export function Entries({ id, total, kinds, edition }: { id: string; total: number; kinds: Record<string, number>; edition: string }) {
  const [text, setText] = useState("");
  const [kind, setKind] = useState("");
  const pages = usePages<PackageEntry>(`/assets/${encodeURIComponent(id)}/entries${query({ q: text, kind, limit: PAGE })}`, edition);
  const kept = useRef<readonly PackageEntry[]>([]);
  const waiting = pages.phase === "loading" && pages.items.length === 0;
  useEffect(() => {
    if (!waiting) kept.current = pages.items;
  });
  // while an answer is awaited, what was there stays, dimmed: no flash between two searches
  const items = waiting ? kept.current : pages.items;
  const options = [{ value: "", text: "All", count: total }, ...byCount(kinds)];
  return (
    <section className="block entries" aria-labelledby="contents" aria-busy={waiting}>
      <h2 id="contents">Contents</h2>
      <div className="tools">
        <Choice label="Filter by type" options={options} value={kind} onChoose={setKind} />
        <Search label="Search by path or GUID" value={text} onSearch={setText} testId="entry-search" />
      </div>
      <p className="fine-print" role="status" data-testid="entry-count">{counted(pages.items.length, pages.next !== null, waiting, text || kind ? null : total)}</p>
      {pages.problem && <ProblemNote problem={pages.problem} again={pages.again} />}
      {items.length > 0 && <EntryTable items={items} total={text || kind ? null : total} dim={waiting} onNearEnd={pages.more} />}
      {pages.phase === "ready" && items.length === 0 && <Empty icon="search" title="No entry matches" />}
    </section>
  );
}

function byCount(kinds: Record<string, number>) {
  return Object.entries(kinds).sort(([, a], [, b]) => b - a).map(([value, count]) => ({ value, text: label(value), count }));
}

function counted(loaded: number, more: boolean, waiting: boolean, total: number | null): string {
  if (waiting) return "Searching…";
  if (total !== null) return many(total, "entry", "entries");
  return more ? `More than ${number(loaded)} entries` : many(loaded, "entry", "entries");
}

function EntryTable({ items, total, dim, onNearEnd }: { items: readonly PackageEntry[]; total: number | null; dim: boolean; onNearEnd: () => void }) {
  const phone = useMedia(PHONE);
  const height = phone ? PHONE_ROW : ROW;
  const table = useRef<HTMLTableElement>(null);
  const [top, setTop] = useState(0);
  useLayoutEffect(() => {
    const found = table.current ? Math.round(table.current.getBoundingClientRect().top + window.scrollY) : 0;
    if (found !== top) setTop(found);
  });
  const virtual = useWindowVirtualizer({ count: items.length, estimateSize: () => height, overscan: 12, scrollMargin: top });
  useEffect(() => virtual.measure(), [virtual, height]);
  const rows = virtual.getVirtualItems();
  const last = rows.at(-1)?.index ?? 0;
  useEffect(() => {
    if (last >= items.length - AHEAD) onNearEnd();
  });
  const before = (rows[0]?.start ?? top) - top;
  const after = virtual.getTotalSize() - ((rows.at(-1)?.end ?? top) - top);
  return (
    <table className={dim ? "entry-table dim" : "entry-table"} role="table" aria-label="Entries" aria-rowcount={(total ?? -2) + 1} ref={table}>
      <thead role="rowgroup">
        <tr role="row">
          <th role="columnheader" scope="col"><span className="sr-only">Preview</span></th>
          <th role="columnheader" scope="col">Path</th>
          <th role="columnheader" scope="col">Type</th>
          <th role="columnheader" scope="col" className="right">Size</th>
        </tr>
      </thead>
      <tbody role="rowgroup">
        {before > 0 && <tr aria-hidden="true" className="space"><td colSpan={phone ? 3 : 4} style={{ height: before }} /></tr>}
        {rows.map(({ index }) => {
          const entry = items[index];
          return entry && <EntryRow key={entry.number} entry={entry} index={index} still={!virtual.isScrolling} />;
        })}
        {after > 0 && <tr aria-hidden="true" className="space"><td colSpan={phone ? 3 : 4} style={{ height: after }} /></tr>}
      </tbody>
    </table>
  );
}

/** One entry. Its picture is asked for once the row rests in the window, so a fast scroll costs no requests. */
const EntryRow = memo(function EntryRow({ entry, index, still }: { entry: PackageEntry; index: number; still: boolean }) {
  const [rested, setRested] = useState(still);
  if (still && !rested) setRested(true);
  const cut = entry.path.lastIndexOf("/") + 1;
  return (
    <tr role="row" aria-rowindex={index + 2} data-testid="entry-row" data-number={entry.number}>
      <td role="cell" className="entry-picture"><Thumbnail url={rested ? entry.preview_url : null} kind={entry.kind} size={20} /></td>
      <td role="cell" title={`${entry.path}\n${entry.guid}`}>
        <span className="entry-name">{entry.path.slice(cut) || entry.guid}</span>
        <span className="entry-folder">{entry.path.slice(0, cut)}</span>
      </td>
      <td role="cell" className="entry-kind">{label(entry.kind)}</td>
      <td role="cell" className="entry-size right">{bytes(entry.size)}</td>
    </tr>
  );
});
