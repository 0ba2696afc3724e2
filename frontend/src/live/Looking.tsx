import { useEffect, useRef, useState } from "react";
import { session } from "../access/session";
import { feed } from "../app/live";
import { useStore } from "../wire/store";
import type { Person } from "./types";
import { initials, news, together, tone } from "./words";

const SHOWN = 4;
const REST_MS = 1_500; // a page that is reloaded leaves and comes back: nobody needs to hear of both
const NOBODY: readonly Person[] = [];

/** The other people who look at this asset now. */
export function Looking({ asset }: { asset: string }) {
  useEffect(() => feed.rooms.look(asset), [asset]);
  const others = useOthers(asset);
  const said = useNews(asset, others);
  const more = others.slice(SHOWN);
  return (
    <div className="looking" data-testid="looking">
      {others.length > 0 && (
        <ul aria-label="Also looking at this">
          {others.slice(0, SHOWN).map((person) => <Face key={person.id} person={person} />)}
          {more.length > 0 && (
            <li className="face more" title={more.map(({ name }) => name).join(", ")}>
              <span aria-hidden="true">+{more.length}</span>
              <span className="sr-only">{together(more)}</span>
            </li>
          )}
        </ul>
      )}
      <span className="sr-only" role="status" aria-live="polite" data-testid="looking-said">{said}</span>
    </div>
  );
}

function Face({ person: { id, name } }: { person: Person }) {
  return (
    <li className={`face tone-${tone(id)}`} title={`${name} is looking at this`} data-member={id}>
      <span aria-hidden="true">{initials(name)}</span>
      <span className="sr-only">{name}</span>
    </li>
  );
}

function useOthers(asset: string): readonly Person[] {
  const people = useStore(feed.rooms.people).get(`asset:${asset}`) ?? NOBODY;
  const state = useStore(session);
  const me = state.phase === "in" ? state.me.member.id : null;
  return people.filter(({ id }) => id !== me);
}

/** What changed since it was said last, once it has been so for a moment. */
function useNews(asset: string, others: readonly Person[]): string {
  const [said, setSaid] = useState("");
  const known = useRef({ asset, people: NOBODY });
  const key = others.map(({ id }) => id).join();
  const now = useRef(others);
  now.current = others;
  useEffect(() => {
    const timer = window.setTimeout(() => {
      const before = known.current.asset === asset ? known.current.people : NOBODY;
      const text = news(before, now.current);
      known.current = { asset, people: now.current };
      if (text !== "") setSaid(text);
    }, REST_MS);
    return () => window.clearTimeout(timer);
  }, [asset, key]);
  return said;
}
