import { useEffect, useRef, useState } from "react";
import { feed } from "../app/live";
import { asProblem, type Problem } from "../wire/problem";
import { useStore } from "../wire/store";
import type { Fact } from "../wire/types";

/** Something read now, and again whenever a fact that concerns it arrives; facts close together cost one request. */
export function useFollowed<T>(key: string, read: (signal: AbortSignal) => Promise<T>, concerns: (fact: Fact) => boolean, togetherMs: number) {
  const [value, setValue] = useState<T | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [turn, setTurn] = useState(0);
  const epoch = useStore(feed.jobs).epoch;
  const latest = useRef({ read, concerns });
  latest.current = { read, concerns };
  useEffect(() => {
    const stopped = new AbortController();
    let timer: number | undefined;
    let busy = false;
    let wanted = false;
    const again = async () => {
      timer = undefined;
      busy = true;
      wanted = false;
      try {
        const found = await latest.current.read(stopped.signal);
        if (stopped.signal.aborted) return;
        setValue(found);
        setProblem(null);
      } catch (error) {
        if (!stopped.signal.aborted) setProblem(asProblem(error));
      } finally {
        busy = false;
        if (wanted && !stopped.signal.aborted) soon();
      }
    };
    const soon = () => {
      if (busy) wanted = true;
      else timer ??= window.setTimeout(() => void again(), togetherMs);
    };
    const stop = feed.onFact((fact) => latest.current.concerns(fact) && soon());
    void again();
    return () => {
      stop();
      window.clearTimeout(timer);
      stopped.abort();
    };
  }, [key, turn, epoch, togetherMs]);
  return { value, problem, again: () => setTurn((n) => n + 1) };
}
