import { useState } from "react";
import { asProblem, type Problem } from "../wire/problem";

export interface Sending {
  busy: boolean;
  problem: Problem | null;
  /** Runs what a form asks for, once at a time; a failure is the form's to say. */
  send: (action: () => Promise<void>) => void;
}

export function useSending(): Sending {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const run = async (action: () => Promise<void>) => {
    setBusy(true);
    setProblem(null);
    try {
      await action();
    } catch (error) {
      setProblem(asProblem(error));
    } finally {
      setBusy(false);
    }
  };
  return { busy, problem, send: (action) => void (busy || run(action)) };
}
