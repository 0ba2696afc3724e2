import { hex, sha256 } from "../wire/sha256";

/** What a part of a file looked like when it was acknowledged. */
export interface Mark {
  start: number;
  end: number;
  sum: string;
}

/** Of the first and of the last part that was acknowledged; what a changed file is known by. */
export interface Marks {
  first: Mark | null;
  last: Mark | null;
}

export const UNMARKED: Marks = { first: null, last: null };

const MOST = 16 << 20; // a whole part of the usual size; of a larger one what lies at the edge

/** Remembers an acknowledged part by its checksum: the first by its beginning, later ones by their end. */
export async function marked(marks: Marks, file: File, start: number, end: number): Promise<Marks> {
  const last = await mark(file, Math.max(start, end - MOST), end);
  if (last === null) return marks;
  return { first: marks.first ?? (await mark(file, start, Math.min(end, start + MOST))), last };
}

/** True if the file still has what was acknowledged of it. */
export async function matches(marks: Marks, file: File): Promise<boolean> {
  for (const known of [marks.first, marks.last]) {
    if (known && (await mark(file, known.start, known.end))?.sum !== known.sum) return false;
  }
  return true;
}

async function mark(file: File, start: number, end: number): Promise<Mark | null> {
  const sum = await sha256(file.slice(start, end));
  return sum && { start, end, sum: hex(sum) };
}
