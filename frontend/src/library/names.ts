import { usePages } from "../ui/pages";
import type { Publisher } from "../wire/types";
import type { TagCount } from "./types";

export function usePublishers(): readonly Publisher[] {
  return usePages<Publisher>("/publishers?limit=200").items;
}

/** The tags that begin so, with how often they are used. */
export function useTags(prefix: string): readonly TagCount[] {
  return usePages<TagCount>(`/tags?limit=50&prefix=${encodeURIComponent(prefix)}`).items;
}
