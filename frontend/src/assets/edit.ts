import { patch } from "../wire/http";
import { Problem } from "../wire/problem";
import type { AssetDetail } from "../wire/types";

/** What is to change; of `custom` only the keys named here, and null takes one out. */
export interface Change {
  name?: string;
  tags?: string[];
  custom?: Record<string, unknown>;
}

/** A change that would write over what somebody else has said meanwhile: a person chooses. */
export interface Conflict {
  change: Change;
  now: AssetDetail;
}

const TRIES = 4;

/** True if somebody else has changed what this change is about since `base` was read. */
export function clashes(change: Change, base: AssetDetail, now: AssetDetail): boolean {
  const keys = Object.keys(change.custom ?? {});
  return (
    (change.name !== undefined && now.name !== base.name && now.name !== change.name)
    || (change.tags !== undefined && !same(now.tags, base.tags) && !same(now.tags, change.tags))
    || keys.some((key) => !same(now.custom[key], base.custom[key]) && !same(now.custom[key], change.custom?.[key] ?? undefined))
  );
}

function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** Sends a change of what was read; where others were faster, once more of what is there now, unless it clashes with that. */
export async function resent(base: AssetDetail, send: (read: AssetDetail) => Promise<AssetDetail>, clash: (now: AssetDetail) => boolean): Promise<AssetDetail> {
  let read = base;
  for (let turn = 0; ; turn++) {
    try {
      return await send(read);
    } catch (error) {
      const now = currentIn(error);
      if (!now || clash(now) || turn >= TRIES) throw error;
      read = now;
    }
  }
}

/** Changes an asset; a clash is handed back. */
export async function editAsset(base: AssetDetail, change: Change): Promise<{ asset: AssetDetail } | { conflict: Conflict }> {
  const clash = (now: AssetDetail) => clashes(change, base, now);
  try {
    return { asset: await resent(base, (read) => patch<AssetDetail>(`/assets/${encodeURIComponent(base.id)}`, change, read), clash) };
  } catch (error) {
    const now = currentIn(error);
    if (now && clash(now)) return { conflict: { change, now } };
    throw error;
  }
}

/** Changes the tags of whatever the asset is by now: adding one and taking one out never clash. */
export function editTags(base: AssetDetail, changed: (tags: readonly string[]) => string[]): Promise<AssetDetail> {
  return resent(base, (read) => patch<AssetDetail>(`/assets/${encodeURIComponent(base.id)}`, { tags: changed(read.tags) }, read), () => false);
}

/** The asset as it is now, from a refusal that says so. */
export function currentIn(error: unknown): AssetDetail | null {
  return error instanceof Problem && error.status === 412 && error.current ? (error.current as AssetDetail) : null;
}
