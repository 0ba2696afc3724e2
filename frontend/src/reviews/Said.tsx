import { nameOf } from "../people/words";
import { Icon, type IconName } from "../ui/Icon";
import type { Person } from "../wire/types";
import { useEntryName } from "./EntryList";
import { pieces } from "./mentions";
import { framesSaid } from "./timecode";
import type { Anchor } from "./types";

/** A comment's text as it was typed: its markup means nothing here. */
export function Text({ text, people }: { text: string; people: readonly Person[] }) {
  return (
    <p className="said-text" data-testid="comment-text">
      {pieces(text, people).map((piece, place) => typeof piece === "string"
        ? piece
        : <span key={place} className="mention">@{nameOf(piece)}</span>)}
    </p>
  );
}

/** Where a comment points, in words. */
export function AnchorWords({ assetId, anchor }: { assetId: string; anchor: Anchor }) {
  if (anchor.entry) return <><Icon name="unity_package" size={14} /> <EntryWord assetId={assetId} guid={anchor.entry.guid} /></>;
  const icon: IconName = anchor.region ? "region" : "clock";
  return <><Icon name={icon} size={14} /> {[anchor.frames && framesSaid(anchor.frames), anchor.region && "Region"].filter(Boolean).join(" · ")}</>;
}

function EntryWord({ assetId, guid }: { assetId: string; guid: string }) {
  return <span className="break">{useEntryName(assetId, guid)}</span>;
}
