import { Dialog } from "../ui/Dialog";

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
  return (
    <Dialog title="Keys" onClose={onClose} onSubmit={onClose} testId="keys">
      <dl className="keys">{KEYS.map(([key, does]) => <div key={key}><dt><kbd>{key}</kbd></dt><dd>{does}</dd></div>)}</dl>
    </Dialog>
  );
}
