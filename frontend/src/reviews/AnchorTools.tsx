import { Icon } from "../ui/Icon";
import type { Player } from "./player";
import { AnchorWords } from "./Said";
import { isClock } from "./timecode";
import type { Anchor } from "./types";

interface AnchorToolsProps {
  assetId: string;
  anchor: Anchor | null;
  player: Player | null;
  drawing: boolean;
  onDraw: (() => void) | null;
  onMark: (end: "in" | "out") => void;
  onShow: (anchor: Anchor) => void;
  onDrop: () => void;
}

/** Says of which place the next comment is, and changes that. */
export function AnchorTools({ assetId, anchor, player, drawing, onDraw, onMark, onShow, onDrop }: AnchorToolsProps) {
  return (
    <div className="anchor-tools">
      {player && (
        <>
          <button type="button" className="button quiet tool" onClick={() => onMark("in")} title="Begins here  I" data-testid="mark-in">{anchor?.frames ? "In" : isClock(player.rate) ? "At this moment" : "At this frame"}</button>
          {anchor?.frames && <button type="button" className="button quiet tool" onClick={() => onMark("out")} title="Ends here  O" data-testid="mark-out">Out</button>}
        </>
      )}
      {onDraw && (
        <button type="button" className="button quiet tool" aria-pressed={drawing} onClick={onDraw} title="Draw a rectangle  R" data-testid="draw"><Icon name="region" size={16} /> Draw</button>
      )}
      {anchor && (
        <span className="anchor-draft" data-testid="anchor-draft">
          <button type="button" className="anchor" onClick={() => onShow(anchor)}><AnchorWords assetId={assetId} anchor={anchor} /></button>
          <button type="button" className="link quiet" aria-label="Point at nothing" onClick={onDrop}><Icon name="cross" size={14} /></button>
        </span>
      )}
    </div>
  );
}
