import { useEffect, useMemo } from "react";
import { usePages } from "../ui/pages";
import type { Publisher } from "../wire/types";
import type { Person, TagCount } from "./types";

const MOST_PEOPLE = 1000;

/** Names by id, of the newest thousand members; those who are gone have none. */
export function usePeople(): ReadonlyMap<string, string> {
  const { items, more } = usePages<Person>("/members?limit=200");
  useEffect(() => {
    if (items.length > 0 && items.length < MOST_PEOPLE) more();
  }, [items, more]);
  return useMemo(() => new Map(items.map(({ id, name }) => [id, name])), [items]);
}

export function usePublishers(): readonly Publisher[] {
  return usePages<Publisher>("/publishers?limit=200").items;
}

/** The tags that begin so, with how often they are used. */
export function useTags(prefix: string): readonly TagCount[] {
  return usePages<TagCount>(`/tags?limit=50&prefix=${encodeURIComponent(prefix)}`).items;
}
