import { useEffect } from "react";
import { session } from "../access/session";
import { feed } from "../app/live";
import { get, query } from "../wire/http";
import { Store, useStore } from "../wire/store";
import type { Page } from "../wire/types";
import type { Member } from "./types";

const PAGE = 200;
const PAGES = 10;

const members = new Store<readonly Member[]>([]);
let readFor = "";

/** Who can be mentioned. Whoever cannot be read now can still be written to; the names come with the next try. */
export function useMembers(): readonly Member[] {
  const state = useStore(session);
  const studio = state.phase === "in" ? state.me.studio.id : "";
  useEffect(() => {
    if (studio !== "" && readFor !== studio) void read(studio);
    return feed.onFact(({ subject }) => subject.kind === "member" && void read(studio));
  }, [studio]);
  return useStore(members);
}

async function read(studio: string): Promise<void> {
  readFor = studio;
  const found: Member[] = [];
  try {
    let cursor: string | null = null;
    for (let page = 0; page < PAGES && (page === 0 || cursor !== null); page++) {
      const answer: Page<Member> = await get(`/members${query({ limit: PAGE, cursor })}`);
      found.push(...answer.items);
      cursor = answer.next_cursor;
    }
    if (readFor === studio) members.set(found.filter(({ status }) => status === "ACTIVE"));
  } catch {
    if (readFor === studio) readFor = ""; // suggestions are a comfort: nothing else fails with them
  }
}
