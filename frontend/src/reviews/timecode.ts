import type { Frames } from "./types";

/** Frames a second as a fraction: 30000/1001 is no decimal. */
export interface Rate {
  num: number;
  den: number;
}

/** Counts milliseconds, where nobody knows of frames. */
export const MILLISECONDS: Rate = { num: 1000, den: 1 };

export function isClock({ num, den }: Rate): boolean {
  return num === 1000 && den === 1;
}

/** The frame on screen at `seconds`. */
export function frameAt(seconds: number, { num, den }: Rate): number {
  return Math.max(0, Math.floor((seconds * num) / den + 1e-4)); // a player's clock may be a hair before the frame's start
}

/** Where to put the player so that it shows exactly this frame: its middle, for its edges belong to two. */
export function secondsAt(frame: number, { num, den }: Rate): number {
  return ((frame + 0.5) * den) / num;
}

const LARGEST = 2 ** 31 - 1;
const BROADCAST = [24, 30, 48, 60, 120];

/** The frame rate in an asset's facts, however it is written; null where there is none. */
export function rateOf(facts: Record<string, unknown>): Rate | null {
  const said = facts["frame_rate"] ?? facts["fps"];
  if (typeof said === "number") return fraction(said);
  if (typeof said !== "string") return null;
  const [, num, den] = /^(\d{1,9}(?:\.\d{1,6})?)(?:[/:](\d{1,9}))?$/.exec(said.trim()) ?? [];
  if (num === undefined) return null;
  return den === undefined ? fraction(Number(num)) : sound({ num: Number(num), den: Number(den) });
}

// 23.976 and 29.97 are short for 24000/1001 and 30000/1001
function fraction(perSecond: number): Rate | null {
  const ntsc = BROADCAST.find((base) => Math.abs(perSecond - (base * 1000) / 1001) < 0.006);
  if (ntsc !== undefined) return { num: ntsc * 1000, den: 1001 };
  return sound(Number.isInteger(perSecond) ? { num: perSecond, den: 1 } : { num: Math.round(perSecond * 1000), den: 1000 });
}

function sound(rate: Rate): Rate | null {
  const whole = [rate.num, rate.den].every((part) => Number.isInteger(part) && part > 0 && part <= LARGEST);
  return whole && rate.num / rate.den <= 1000 ? rate : null;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}

function isDropFrame({ num, den }: Rate): boolean {
  return den === 1001 && (num === 30_000 || num === 60_000);
}

/** SMPTE timecode. At 29.97 and 59.94 it drops numbers (never frames), so that it keeps pace with the clock; `;` says so. */
export function timecode(frame: number, rate: Rate): string {
  if (isClock(rate)) return clock(frame / 1000);
  const base = Math.round(rate.num / rate.den);
  if (base < 1) return clock((frame * rate.den) / rate.num);
  const dropped = isDropFrame(rate);
  const count = dropped ? numbered(frame, base) : frame;
  const seconds = Math.floor(count / base);
  const hms = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60].map(two).join(":");
  return `${hms}${dropped ? ";" : ":"}${String(count % base).padStart(base > 100 ? 3 : 2, "0")}`;
}

// Two numbers (four at 59.94) are left out each minute, but for each tenth.
function numbered(frame: number, base: number): number {
  const skip = base / 15;
  const minute = base * 60 - skip;
  const tenMinutes = minute * 10 + skip;
  const tens = Math.floor(frame / tenMinutes);
  const rest = frame % tenMinutes;
  const minutes = rest < skip ? 0 : Math.floor((rest - skip) / minute);
  return frame + skip * (9 * tens + minutes);
}

/** 1:02:03.456, hours only where there are some. */
export function clock(seconds: number): string {
  const ms = Math.max(0, Math.round(seconds * 1000));
  const [h, m, s] = [Math.floor(ms / 3_600_000), Math.floor(ms / 60_000) % 60, Math.floor(ms / 1000) % 60];
  const rest = `${two(s)}.${String(ms % 1000).padStart(3, "0")}`;
  return h > 0 ? `${h}:${two(m)}:${rest}` : `${m}:${rest}`;
}

export function rateOfFrames({ rate_num, rate_den }: Frames): Rate {
  return { num: rate_num, den: rate_den };
}

export function framesSaid(frames: Frames): string {
  const rate = rateOfFrames(frames);
  const [from, to] = [timecode(frames.start, rate), timecode(frames.end, rate)];
  return frames.start === frames.end ? from : `${from} – ${to}`;
}
