import { useWindowVirtualizer, defaultRangeExtractor, type Range } from "@tanstack/react-virtual";
import { useCallback, useEffect, useLayoutEffect, useRef, useState, type KeyboardEvent } from "react";
import { go } from "../app/router";
import type { Member } from "../people/types";
import { PHONE, useMedia } from "../ui/media";
import { useNow } from "../ui/now";
import { cardAt, idAt, idsBetween, indexOf, type Book } from "./book";
import { CardCell } from "./CardCell";
import type { ShelfName } from "./place";
import type { Reading } from "./reading";
import { gapOf, layoutOf, moved, placesIn, rowCount, rowsWith, type Layout, type View } from "./rows";
import { extended, NONE, only, toggled, type Selection } from "./selection";

const OVERSCAN = 3;
const MINUTE_MS = 30_000;
const UNDER_HEADER = 72;
const ABOVE_BAR = 96;

interface Props {
  shelf: ShelfName;
  book: Book;
  reading: Reading;
  view: View;
  people: ReadonlyMap<string, Member>;
  selection: Selection;
  onSelect: (change: (held: Selection) => Selection) => void;
}

/** The assets of a list, of which only those near the window exist. */
export function Shelf({ shelf, book, reading, view, people, selection, onSelect }: Props) {
  const phone = useMedia(PHONE);
  const now = useNow(MINUTE_MS);
  const grid = useRef<HTMLDivElement>(null);
  const { width, top } = useBox(grid, phone);
  const layout = layoutOf(view, width, phone);
  const { columns, rowHeight } = layout;
  const [active, setActive] = useState(0);
  const focused = Math.min(active, Math.max(0, book.length - 1));
  const rows = rowCount(book.length, columns, book.next !== null || book.phase === "loading");
  const focusedRow = Math.floor(focused / columns);
  const virtual = useWindowVirtualizer({
    count: rows,
    estimateSize: () => rowHeight,
    overscan: OVERSCAN,
    scrollMargin: top,
    scrollPaddingStart: UNDER_HEADER,
    scrollPaddingEnd: ABOVE_BAR,
    rangeExtractor: useCallback((range: Range) => rowsWith(defaultRangeExtractor(range), focusedRow, range.count), [focusedRow]),
  });
  usePlaceKept(layout, top, () => virtual.measure());

  const shown = virtual.range;
  useEffect(() => {
    const first = (shown?.startIndex ?? 0) * columns;
    reading.see(Math.min(first, Math.max(0, book.length - 1)), Math.min(((shown?.endIndex ?? 0) + 1) * columns, book.length) - 1);
  });

  const wantsFocus = useRef(false);
  const hasFocus = useRef(false);
  useEffect(() => {
    // A card that leaves the list takes the focus with it, and keys would go nowhere.
    const isLost = hasFocus.current && document.activeElement === document.body;
    if (!wantsFocus.current && !isLost) return;
    wantsFocus.current = false;
    grid.current?.querySelector<HTMLElement>(`[data-index="${focused}"]`)?.focus({ preventScroll: true });
  });
  const moveTo = (place: number) => {
    wantsFocus.current = true;
    setActive(place);
    virtual.scrollToIndex(Math.floor(place / columns), { align: "auto" });
  };

  const held = useRef({ book, active: focused });
  held.current = { book, active: focused };
  const pick = useCallback((place: number, range: boolean) => {
    const { book: list } = held.current;
    const id = idAt(list, place);
    if (id === null) return;
    setActive(place);
    onSelect((chosen) => {
      const from = range && chosen.anchor !== null ? indexOf(list, chosen.anchor) : -1;
      return from < 0 ? toggled(chosen, id) : extended(chosen, idsBetween(list, from, place));
    });
  }, [onSelect]);

  const onKeyDown = (event: KeyboardEvent) => {
    const id = idAt(book, focused);
    if (event.altKey || id === null || !(event.target as Element).matches("[role=gridcell]")) return;
    if (event.key.toLowerCase() === "a" && (event.ctrlKey || event.metaKey)) onSelect(() => only(book.leaves.flatMap(({ ids }) => ids)));
    else if (event.key === "Escape" && selection.ids.size > 0) onSelect(() => NONE);
    else if (event.key === " ") pick(focused, event.shiftKey);
    else if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) go(`/assets/${id}`);
    else {
      const to = event.ctrlKey || event.metaKey ? null : moved(event.key, focused, layout, book.length, Math.max(1, Math.floor((window.innerHeight - UNDER_HEADER) / rowHeight)));
      if (to === null) return;
      if (event.shiftKey) onSelect((chosen) => extendedTo(chosen, book, focused, to));
      moveTo(to);
    }
    event.preventDefault();
  };

  return (
    <div ref={grid} role="grid" aria-label={shelf === "trash" ? "Assets in the trash" : "Assets"} aria-multiselectable="true" aria-rowcount={book.next === null ? rows : -1}
      aria-colcount={columns} aria-busy={book.phase === "loading"} className={`shelf ${view}${selection.ids.size > 0 ? " selecting" : ""}`}
      style={{ height: virtual.getTotalSize() }} onKeyDown={onKeyDown}
      onFocus={() => { hasFocus.current = true; }} onBlur={() => { hasFocus.current = false; }} data-testid="shelf" data-loaded={book.length}>
      {virtual.getVirtualItems().map(({ index: row, start }) => (
        <div key={row} role="row" aria-rowindex={row + 1} className="shelf-row"
          style={{ transform: `translateY(${start - top}px)`, height: rowHeight - (view === "grid" ? gapOf(phone) : 0), gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))` }}>
          {placesIn(row, columns, book.length + (book.next === null && book.phase !== "loading" ? 0 : 4 * columns)).map((place, column) => {
            const card = place < book.length ? cardAt(book, place) : null;
            return (
              <CardCell key={place} shelf={shelf} view={view} card={card} place={place} column={column} owner={(card && people.get(card.created_by)?.name) ?? ""} now={now}
                isSelected={card !== null && selection.ids.has(card.id)} isActive={place === focused} onPick={pick} onActive={setActive} />
            );
          })}
        </div>
      ))}
    </div>
  );
}

function extendedTo(chosen: Selection, book: Book, from: number, to: number): Selection {
  const anchor = chosen.anchor === null ? -1 : indexOf(book, chosen.anchor);
  return extended(chosen, idsBetween(book, anchor < 0 ? from : anchor, to));
}

/** How wide the shelf is and where it begins; guessed until it is there, so that "back" finds it as high as it was. */
function useBox(grid: React.RefObject<HTMLDivElement | null>, phone: boolean): { width: number; top: number } {
  const [box, setBox] = useState(() => ({ width: guessedWidth(phone), top: 0 }));
  useLayoutEffect(() => {
    const found = grid.current?.getBoundingClientRect();
    if (!found) return;
    const top = Math.round(found.top + window.scrollY);
    if (found.width !== box.width || top !== box.top) setBox({ width: found.width, top });
  });
  const [, again] = useState(0);
  useEffect(() => {
    if (!grid.current) return undefined;
    const resized = new ResizeObserver(() => again((n) => n + 1));
    resized.observe(document.getElementById("main") ?? grid.current);
    return () => resized.disconnect();
  }, [grid]);
  return box;
}

function guessedWidth(phone: boolean): number {
  const room = document.getElementById("main")?.clientWidth ?? document.documentElement.clientWidth;
  return Math.min(room, 1600) - (phone ? 32 : 48);
}

/** Keeps the same assets in the window when they are laid out otherwise. */
function usePlaceKept(layout: Layout, top: number, measure: () => void): void {
  const last = useRef({ ...layout, top });
  useLayoutEffect(() => {
    const { columns, rowHeight } = last.current;
    if (columns !== layout.columns || rowHeight !== layout.rowHeight) {
      const passed = window.scrollY + UNDER_HEADER - last.current.top;
      measure();
      if (last.current.top > 0 && passed > 0) window.scrollTo(0, top - UNDER_HEADER + Math.floor((Math.floor(passed / rowHeight) * columns) / layout.columns) * layout.rowHeight);
    }
    last.current = { ...layout, top };
  });
}
