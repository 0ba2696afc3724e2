import { useEffect, useRef, useState } from "react";
import { session } from "../access/session";
import { feed } from "../app/live";
import { Face } from "../people/Face";
import { useStore } from "../wire/store";
import type { Onlooker } from "../wire/types";
import { news, together } from "./words";

const SHOWN = 4;
const REST_MS = 1_500; // a page that is reloaded leaves and comes back: nobody needs to hear of both
const NOBODY: readonly Onlooker[] = [];

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
          {others.slice(0, SHOWN).map(({ id, name }) => (
            <li key={id} title={`${name} is looking at this`} data-member={id}><Face id={id} name={name} /><span className="sr-only">{name}</span></li>
          ))}
          {more.length > 0 && (
            <li title={more.map(({ name }) => name).join(", ")}>
              <span className="face" aria-hidden="true">+{more.length}</span>
              <span className="sr-only">{together(more)}</span>
            </li>
          )}
        </ul>
      )}
      <span className="sr-only" role="status" aria-live="polite" data-testid="looking-said">{said}</span>
    </div>
  );
}

function useOthers(asset: string): readonly Onlooker[] {
  const people = useStore(feed.rooms.people).get(`asset:${asset}`) ?? NOBODY;
  const state = useStore(session);
  const me = state.phase === "in" ? state.me.member.id : null;
  return people.filter(({ id }) => id !== me);
}

/** What changed since it was said last, once it has been so for a moment. */
function useNews(asset: string, others: readonly Onlooker[]): string {
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
