import type { ReactNode } from "react";
import { Dialog } from "./Dialog";
import { ProblemNote } from "./ProblemNote";
import { useSending } from "./sending";

interface Props {
  title: string;
  /** The word on the button that does it. */
  verb: string;
  /** What can simply be undone is no danger. */
  look?: "danger" | "primary";
  children: ReactNode;
  onConfirm: () => Promise<void>;
  onClose: () => void;
  testId?: string;
  verbTestId?: string;
}

/** Asks before something is done; a refusal is said where it was asked, and it can be tried again. */
export function Confirm({ title, verb, look = "danger", children, onConfirm, onClose, testId = "confirm", verbTestId = "confirm-yes" }: Props) {
  const { busy, problem, send } = useSending();
  const confirm = () => send(async () => {
    await onConfirm();
    onClose();
  });
  return (
    <Dialog title={title} onClose={onClose} onSubmit={confirm} testId={testId}>
      {children}
      {problem && <ProblemNote problem={problem} />}
      <div className="form-moves">
        <button type="button" className="button" onClick={onClose}>Cancel</button>
        <button type="submit" className={`button ${look}`} disabled={busy} data-testid={verbTestId}>{verb}</button>
      </div>
    </Dialog>
  );
}
