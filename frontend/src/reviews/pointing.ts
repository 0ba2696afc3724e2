import type { Pin } from "./Stage";
import { frameAt, isClock, rateOfFrames } from "./timecode";
import type { Thread } from "./threads";
import type { Mark } from "./Transport";
import type { Frames } from "./types";

const TITLE = 80;

function titled({ first }: Thread): string {
  return `${first.author.name ?? "Somebody"}: ${first.text.slice(0, TITLE)}`;
}

/** What is drawn over the picture: in a film only what is meant of the frame on screen, or is looked at. */
export function pinsOf(threads: readonly Thread[], numbers: ReadonlyMap<string, number>, picked: string | null, seconds: number | null): Pin[] {
  return threads.flatMap((thread) => {
    const { id, anchor, resolved_at } = thread.first;
    if (!anchor?.region || (resolved_at !== null && picked !== id)) return [];
    if (seconds !== null && anchor.frames && !isOn(anchor.frames, seconds)) return [];
    return [{ id, number: numbers.get(id) ?? 0, region: anchor.region, chosen: picked === id, resolved: resolved_at !== null, title: titled(thread) }];
  });
}

const GLANCE_S = 0.04; // a single millisecond would never be seen

function isOn(frames: Frames, seconds: number): boolean {
  const rate = rateOfFrames(frames);
  const frame = frameAt(seconds, rate);
  const end = isClock(rate) ? Math.max(frames.end, frames.start + 1000 * GLANCE_S) : frames.end;
  return frames.start <= frame && frame <= end;
}

/** What is marked along the film. */
export function marksOf(threads: readonly Thread[], numbers: ReadonlyMap<string, number>, picked: string | null): Mark[] {
  return threads.flatMap((thread) => {
    const { id, anchor, resolved_at } = thread.first;
    if (!anchor?.frames) return [];
    return [{ id, number: numbers.get(id) ?? 0, frames: anchor.frames, chosen: picked === id, resolved: resolved_at !== null, title: titled(thread) }];
  });
}

/** How many open comments each entry has. */
export function entriesOf(threads: readonly Thread[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { first: { anchor, resolved_at } } of threads) {
    if (anchor?.entry && resolved_at === null) counts.set(anchor.entry.guid, (counts.get(anchor.entry.guid) ?? 0) + 1);
  }
  return counts;
}

/** Marks in or out: the other end follows where it would come to lie on the wrong side. */
export function marked(range: Frames | null | undefined, here: Frames, end: "in" | "out"): Frames {
  if (!range || range.rate_num !== here.rate_num || range.rate_den !== here.rate_den) return here;
  if (end === "in") return { ...here, end: Math.max(here.start, range.end) };
  return { ...here, start: Math.min(range.start, here.start) };
}
