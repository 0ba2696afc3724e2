import { useEffect, useRef } from "react";

const KEYS: readonly [string, string][] = [
  ["C", "Write a comment"],
  ["R", "Draw a rectangle"],
  ["Space", "Play or pause"],
  [", and .", "One frame back or on"],
  ["J K L", "Back, rest, play and faster"],
  ["I and O", "First and last frame of what you mean"],
  ["+ − 0", "Zoom in, out, fit (on the picture)"],
  ["Arrows", "Move the zoomed picture"],
  ["Ctrl or ⌘ Enter", "Send what you wrote"],
  ["Esc", "Stop drawing, leave the box"],
  ["?", "These keys"],
];

/** Which keys do what. */
export function Keys({ onClose }: { onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} className="review-dialog" aria-labelledby="keys-title" onClose={onClose} data-testid="keys"
      onClick={(event) => event.target === dialog.current && dialog.current.close()}>
      <form method="dialog">
        <h2 id="keys-title">Keys</h2>
        <dl className="keys">{KEYS.map(([key, does]) => <div key={key}><dt><kbd>{key}</kbd></dt><dd>{does}</dd></div>)}</dl>
        <div className="composer-row"><button type="submit" className="button">Close</button></div>
      </form>
    </dialog>
  );
}
