/** How assets are laid out: so many to a row, each row as high as the others, so that nothing ever jumps. */
export interface Layout {
  columns: number;
  rowHeight: number;
}

export type View = "grid" | "list";

export const GAP = 16;
const PHONE_GAP = 12;
const NARROWEST = 176;
const CARD_WORDS = 104; // two lines of name, one of facts, one of tags
const LINE = 56;
const PHONE_LINE = 68;

export function gapOf(phone: boolean): number {
  return phone ? PHONE_GAP : GAP;
}

export function layoutOf(view: View, width: number, phone: boolean): Layout {
  if (view === "list") return { columns: 1, rowHeight: phone ? PHONE_LINE : LINE };
  const gap = gapOf(phone);
  const columns = phone ? 2 : Math.max(1, Math.floor((width + gap) / (NARROWEST + gap)));
  const card = (width - gap * (columns - 1)) / columns;
  return { columns, rowHeight: Math.round(card * 0.75) + CARD_WORDS + gap };
}

/** How many rows stand for `length` assets; while there are more to come, the rest of the window is theirs. */
export function rowCount(length: number, columns: number, more: boolean): number {
  return Math.ceil(length / columns) + (more ? 4 : 0);
}

/** The places in a row, of which the last row of all may have fewer. */
export function placesIn(row: number, columns: number, end: number): number[] {
  const places = Array.from({ length: columns }, (_, n) => row * columns + n);
  return places.filter((place) => place < end);
}

/** The rows to draw: those near the window, and the one that has the focus, which must not lose it. */
export function rowsWith(rows: readonly number[], focused: number, count: number): number[] {
  if (focused < 0 || focused >= count || rows.includes(focused)) return [...rows];
  return [...rows, focused].sort((a, b) => a - b);
}

/** Where a key leads from a place; null if it is none that moves. */
export function moved(key: string, from: number, { columns }: Layout, length: number, rowsShown: number): number | null {
  const steps: Record<string, number> = {
    ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns, PageDown: columns * rowsShown, PageUp: -columns * rowsShown,
    Home: -from, End: length - 1 - from,
  };
  const step = steps[key];
  if (step === undefined || length === 0) return null;
  const to = from + step;
  if (to < 0) return key.startsWith("Page") ? from % columns : from;
  if (to < length) return to;
  const isInLastRow = Math.floor(from / columns) === Math.floor((length - 1) / columns);
  return key === "ArrowRight" || isInLastRow ? from : length - 1;
}
