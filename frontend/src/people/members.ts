import { useCallback, useEffect } from "react";
import { follow, type News } from "../app/news";
import { get, query } from "../wire/http";
import { Store, useStore } from "../wire/store";
import type { Page } from "../wire/types";
import { aboutPeople } from "./news";
import type { Member } from "./types";
import { nameOf } from "./words";

const PAGE = 200;
const PAGES = 10; // of a studio that is larger, those who came last

const members = new Store<ReadonlyMap<string, Member>>(new Map());
let keeping: News | null = null;

/** Everybody of the studio by id, none until it is known: asked for once somebody needs it, and kept true by facts. */
export function useMembers(): ReadonlyMap<string, Member> {
  useEffect(keep, []);
  return useStore(members);
}

/** Who a member is; whoever has left has no name any more. */
export function useNames(): (id: string) => string {
  const known = useMembers();
  return useCallback((id) => (known.size === 0 ? "…" : nameOf(known.get(id))), [known]);
}

/** Nothing of a studio may be left for the next one to sign in. */
export function forgetMembers(): void {
  keeping?.stop();
  keeping = null;
  members.set(new Map());
}

function keep(): void {
  if (keeping) return;
  keeping = follow(aboutPeople, read);
  keeping.now();
}

// Without names the page works all the same.
async function read(): Promise<void> {
  const asked = keeping;
  const found = new Map<string, Member>();
  let cursor: string | null = "";
  for (let page = 0; page < PAGES && cursor !== null; page++) {
    const { items, next_cursor }: Page<Member> = await get(`/members${query({ limit: PAGE, cursor })}`);
    for (const member of items) found.set(member.id, member);
    cursor = next_cursor;
  }
  if (asked === keeping) members.set(found);
}
