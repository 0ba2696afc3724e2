import { Problem, problemFrom } from "../wire/problem";

/** An asset as the list tells it; the rest of what it says is left to the asset's own page. */
export interface Listed {
  id: string;
  name: string;
  kind: string;
  created_at: string;
  updated_at: string;
  current_version: number;
  latest_version: number;
  publisher: { id: string; name: string } | null;
  thumbnail_url: string | null;
  tags: string[];
  created_by: string;
  trashed_at: string | null;
}

/** What is kept of an asset to show it; its metadata, which may be large, is not. */
export interface Card extends Listed {
  /** It has left the list since; it keeps its place until the list is read anew. */
  gone: boolean;
}

export interface Person {
  id: string;
  name: string;
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
