import { useCallback, useEffect, useRef, useState } from "react";
import type { PagesView } from "../ui/pages";
import type { Connection } from "../wire/live";
import { asProblem, type Problem } from "../wire/problem";
import type { Store } from "../wire/store";
import type { Fact } from "../wire/types";
import { feed } from "./live";

const TOGETHER_MS = 400;

/** Where facts come from, and how it is connected. */
export interface Source {
  onFact: (listener: (fact: Fact) => void) => () => void;
  connection: Store<Connection>;
  jobs: Pick<Store<{ epoch: number }>, "get" | "subscribe">;
}

export interface News {
  /** Reads at once. */
  now: () => void;
  stop: () => void;
}

/** Calls `read` a moment after facts that matter, and when facts may have been missed. Many together call it once, and
 * it never runs twice at a time. What cannot be read leaves the page as it was; the next fact tries again.
 */
export function follow(matters: (fact: Fact) => boolean, read: () => unknown, togetherMs = TOGETHER_MS, source: Source = feed): News {
  let timer: number | undefined;
  let busy = false;
  let wanted = false;
  let stopped = false;
  const now = async () => {
    window.clearTimeout(timer);
    timer = undefined;
    wanted = false;
    busy = true;
    try {
      await read();
    } catch {
      // as the promise above has it
    }
    busy = false;
    if (wanted && !stopped) soon();
  };
  const soon = () => {
    if (busy) wanted = true;
    else timer ??= window.setTimeout(() => void now(), togetherMs);
  };
  const stops = [source.onFact((fact) => matters(fact) && soon()), onGap(source, soon)];
  return {
    now: () => (busy ? soon() : void now()),
    stop: () => {
      stopped = true;
      for (const stop of stops) stop();
      window.clearTimeout(timer);
    },
  };
}

/** After the first greeting, a time without connection, and where it was away for too long to resume. */
function onGap({ connection, jobs }: Source, tell: () => void): () => void {
  let away = connection.get() !== "live";
  let { epoch } = jobs.get();
  const stops = [
    connection.subscribe(() => {
      const state = connection.get();
      if (state === "live" && away) tell();
      if (state !== "connecting") away = state === "offline"; // one broken connection resumes where it stopped
    }),
    jobs.subscribe(() => {
      const latest = jobs.get().epoch;
      if (latest !== epoch) tell();
      epoch = latest;
    }),
  ];
  return () => stops.forEach((stop) => stop());
}

/** Calls `read` for news, not at first. Both stay the same from one drawing to the next. */
export function useNews(matters: (fact: Fact) => boolean, read: () => unknown, togetherMs?: number): void {
  useEffect(() => follow(matters, read, togetherMs).stop, [matters, read, togetherMs]);
}

/** Keeps a remembered list true: it is read again when it is shown again, and for news. */
export function useFresh<T>({ refresh, phase }: PagesView<T>, keyOf: (item: T) => string, matters: (fact: Fact) => boolean): void {
  const again = useCallback(() => refresh(keyOf), [refresh, keyOf]);
  const shown = useRef<typeof refresh | null>(null);
  const wasThere = phase === "ready" && shown.current !== refresh;
  useEffect(() => {
    shown.current = refresh;
    const news = follow(matters, again);
    if (wasThere) news.now();
    return news.stop;
  }, [matters, again]); // only what it is as the list comes on screen counts
}

/** Something read now and for news. A new `key` is another thing. */
export function useFollowed<T>(key: string, read: (signal: AbortSignal) => Promise<T>, concerns: (fact: Fact) => boolean, togetherMs?: number) {
  const [value, setValue] = useState<T | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const latest = useRef({ read, concerns });
  latest.current = { read, concerns };
  const news = useRef<News | null>(null);
  useEffect(() => {
    const left = new AbortController();
    const again = async () => {
      try {
        const found = await latest.current.read(left.signal);
        if (left.signal.aborted) return;
        setValue(found);
        setProblem(null);
      } catch (error) {
        if (!left.signal.aborted) setProblem(asProblem(error));
      }
    };
    const following = follow((fact) => latest.current.concerns(fact), again, togetherMs);
    news.current = following;
    following.now();
    return () => {
      following.stop();
      left.abort();
    };
  }, [key, togetherMs]);
  return { value, problem, again: useCallback(() => news.current?.now(), []) };
}
