import { useEffect, useRef, type ReactNode } from "react";
import { ProblemNote } from "./ProblemNote";
import { useSending } from "./sending";

interface Props {
  title: string;
  /** The word on the button that does it. */
  verb: string;
  children: ReactNode;
  onConfirm: () => Promise<void>;
  onClose: () => void;
}

/** Asks before something is done that cannot simply be undone; a refusal is said where it was asked. */
export function Confirm({ title, verb, children, onConfirm, onClose }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const { busy, problem, send } = useSending();
  useEffect(() => dialog.current?.showModal(), []);
  const confirm = () => send(async () => {
    await onConfirm();
    dialog.current?.close();
  });
  return (
    <dialog ref={dialog} className="confirm" aria-labelledby="confirm-title" onClose={onClose} data-testid="confirm">
      <h2 id="confirm-title">{title}</h2>
      <div className="muted">{children}</div>
      {problem && <ProblemNote problem={problem} />}
      <div className="confirm-moves">
        <button type="button" className="button" autoFocus onClick={() => dialog.current?.close()}>Cancel</button>
        <button type="button" className="button danger" disabled={busy} onClick={confirm} data-testid="confirm-yes">{verb}</button>
      </div>
    </dialog>
  );
}
