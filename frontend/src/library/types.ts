import { type Problem, problemFrom } from "../wire/problem";
import type { AssetView } from "../wire/types";

/** Of what the list says of an asset, what is shown; its metadata, which may be large, is not kept. */
export type Listed = Pick<AssetView, "id" | "name" | "kind" | "created_at" | "updated_at" | "current_version" | "latest_version" | "publisher"
  | "thumbnail_url" | "tags" | "created_by" | "trashed_at">;

/** An asset in its place on the shelf. */
export interface Card extends Listed {
  /** It has left the list since; it keeps its place until the list is read anew. */
  gone: boolean;
}

export interface TagCount {
  tag: string;
  assets: number;
}

export type BulkAction = "tag" | "untag" | "trash" | "restore" | "purge";

export interface BulkAnswer {
  items: { id: string; error: Record<string, unknown> | null }[];
}

export function cardOf(asset: Listed): Card {
  const { id, name, kind, created_at, updated_at, current_version, latest_version, publisher, thumbnail_url, tags, created_by, trashed_at } = asset;
  return {
    id, name, kind, created_at, updated_at, current_version, latest_version, publisher, thumbnail_url, tags, created_by, trashed_at, gone: false,
  };
}

/** Why nothing was done with one of many. */
export function problemOf(error: Record<string, unknown>): Problem {
  return problemFrom(0, error, null);
}
