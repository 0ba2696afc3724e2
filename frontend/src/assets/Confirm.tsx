import { useState, type ReactNode } from "react";
import { ProblemNote } from "../ui/ProblemNote";
import { asProblem, type Problem } from "../wire/problem";
import { Dialog } from "./Dialog";

/** Asks before something is done; what goes wrong is said there, and it can be tried again. */
export function Confirm({ title, verb, danger = false, onClose, act, children, testId }: {
  title: string; verb: string; danger?: boolean; onClose: () => void; act: () => Promise<void>; children?: ReactNode; testId: string;
}) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const run = () => {
    setBusy(true);
    act().then(onClose, (error: unknown) => {
      setProblem(asProblem(error));
      setBusy(false);
    });
  };
  return (
    <Dialog title={title} onClose={onClose} onSubmit={run} testId={testId}>
      {children}
      {problem && <ProblemNote problem={problem} />}
      <div className="ask-moves">
        <button type="button" className="button" onClick={onClose}>Cancel</button>
        <button type="submit" className={danger ? "button danger" : "button primary"} disabled={busy} data-testid={`${testId}-do`}>{busy ? "One moment…" : verb}</button>
      </div>
    </Dialog>
  );
}
