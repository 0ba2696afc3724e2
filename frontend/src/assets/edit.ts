import { patch } from "../wire/http";
import { Problem } from "../wire/problem";
import type { AssetDetail } from "./types";

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

/** Sends a change of what was read, and once more where others have changed other things; a clash is handed back. */
export async function editAsset(base: AssetDetail, change: Change): Promise<{ asset: AssetDetail } | { conflict: Conflict }> {
  let read = base;
  for (let turn = 0; ; turn++) {
    try {
      return { asset: await patch<AssetDetail>(`/assets/${encodeURIComponent(base.id)}`, change, read) };
    } catch (error) {
      read = currentIn(error) ?? never(error);
      if (clashes(change, base, read)) return { conflict: { change, now: read } };
      if (turn >= TRIES) throw error;
    }
  }
}

/** Changes the tags of whatever the asset is by now: adding one and taking one out never clash. */
export async function editTags(base: AssetDetail, changed: (tags: readonly string[]) => string[]): Promise<AssetDetail> {
  let read = base;
  for (let turn = 0; ; turn++) {
    try {
      return await patch<AssetDetail>(`/assets/${encodeURIComponent(base.id)}`, { tags: changed(read.tags) }, read);
    } catch (error) {
      read = currentIn(error) ?? never(error);
      if (turn >= TRIES) throw error;
    }
  }
}

/** The asset as it is now, from a refusal that says so. */
export function currentIn(error: unknown): AssetDetail | null {
  return error instanceof Problem && error.status === 412 && error.current ? (error.current as AssetDetail) : null;
}

function never(error: unknown): never {
  throw error;
}
