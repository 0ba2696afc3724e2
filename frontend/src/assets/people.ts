import { useCallback, useEffect } from "react";
import { session } from "../access/session";
import { get, query } from "../wire/http";
import { Store, useStore } from "../wire/store";
import type { Page } from "../wire/types";

interface Person {
  id: string;
  name: string;
}

const PAGE = 200;
const PAGES = 10; // of a studio that is larger, those who came last

/** Names by member, once they are known. */
const names = new Store<ReadonlyMap<string, string> | null>(null);
let studio = "";
let asking: Promise<void> | null = null;

/** Who a member is: everybody of the studio is asked for once, whoever has left has no name any more. */
export function useNames(): (member: string) => string {
  const known = useStore(names);
  useEffect(() => {
    const state = session.get();
    if (state.phase !== "in") return;
    if (studio !== state.me.studio.id) names.set(null);
    studio = state.me.studio.id;
    asking ??= learn().catch(() => undefined).finally(() => (asking = null)); // without names the page works all the same
  }, []);
  return useCallback((member) => known?.get(member) ?? (known ? "Somebody who left" : "…"), [known]);
}

async function learn(): Promise<void> {
  const found = new Map<string, string>();
  let cursor: string | null = "";
  for (let page = 0; page < PAGES && cursor !== null; page++) {
    const { items, next_cursor }: Page<Person> = await get(`/members${query({ limit: PAGE, cursor })}`);
    for (const { id, name } of items) found.set(id, name);
    cursor = next_cursor;
  }
  names.set(found);
}
