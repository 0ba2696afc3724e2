import { useEffect, useRef } from "react";
import { many } from "../ui/words";

/** Asks before something that nobody can undo. */
export function PurgeDialog({ count, onPurge, onClose }: { count: number; onPurge: () => void; onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} className="confirm" onClose={onClose} aria-labelledby="purge-title" data-testid="purge-dialog">
      <h2 id="purge-title">Delete {many(count, "asset")} for good?</h2>
      <p>All of their versions, comments and links go, too. Nobody can bring them back; only the audit trail remembers them.</p>
      <div className="confirm-moves">
        <button type="button" className="button" autoFocus onClick={() => dialog.current?.close()}>Keep them</button>
        <button type="button" className="button danger" onClick={onPurge}>Delete for good</button>
      </div>
    </dialog>
  );
}
