import { Fragment, memo, type MouseEvent } from "react";
import { Link } from "../app/router";
import { Thumbnail } from "../assets/Thumbnail";
import { ago, kindName, moment } from "../ui/words";
import type { ShelfName } from "./place";
import type { View } from "./rows";
import type { Card } from "./types";

const TAGS_SHOWN = 3;

interface Props {
  shelf: ShelfName;
  view: View;
  card: Card | null;
  place: number;
  column: number;
  owner: string;
  now: number;
  isSelected: boolean;
  isActive: boolean;
  onPick: (place: number, range: boolean) => void;
  onActive: (place: number) => void;
}

/** One place of the shelf, whichever asset is in it, or none yet: it keeps the focus when its asset comes.
    An asset is opened by a click, selected by its box, by shift and a click, or by keys. */
export const CardCell = memo(function CardCell({ shelf, view, card, place, column, owner, now, isSelected, isActive, onPick, onActive }: Props) {
  const onClickCapture = (event: MouseEvent) => {
    if (!card || !event.shiftKey || (event.target as Element).closest(".shelf-check")) return;
    event.preventDefault();
    event.stopPropagation();
    window.getSelection()?.removeAllRanges();
    onPick(place, true);
  };
  const cell = { role: "gridcell", "aria-colindex": column + 1, "data-index": place, tabIndex: isActive ? 0 : -1, onFocus: () => onActive(place), onClickCapture };
  if (!card) return <div {...cell} className="shelf-card ghost" aria-label="Loading" />;
  return (
    <div {...cell} className="shelf-card" aria-selected={isSelected} data-asset-id={card.id} data-gone={card.gone || undefined} data-testid="asset-card">
      <Fragment key={card.id}>
        <Thumbnail url={card.thumbnail_url} kind={card.kind} size={view === "grid" ? 40 : 22} />
        <span className="shelf-name">
          <Link href={`/assets/${card.id}`} tabIndex={-1} className="shelf-open" draggable={false}>{card.name}</Link>
        </span>
        {view === "grid" ? <GridWords shelf={shelf} card={card} owner={owner} now={now} /> : <ListWords shelf={shelf} card={card} owner={owner} now={now} />}
        <label className="shelf-check" title={isSelected ? "Unselect" : "Select"}>
          <input type="checkbox" tabIndex={-1} checked={isSelected} aria-label={`Select ${card.name}`} onChange={(event) => onPick(place, (event.nativeEvent as MouseEvent["nativeEvent"]).shiftKey)} />
        </label>
      </Fragment>
    </div>
  );
});

interface WordsProps {
  shelf: ShelfName;
  card: Card;
  owner: string;
  now: number;
}

function GridWords({ shelf, card, owner, now }: WordsProps) {
  return (
    <>
      <span className="shelf-sub">
        {shelf === "trash" || card.gone ? <Whereabouts card={card} now={now} /> : <>{kindName(card.kind)} · <Version card={card} />{owner && ` · ${owner}`}</>}
      </span>
      <Tags tags={card.tags} />
    </>
  );
}

function ListWords({ shelf, card, owner, now }: WordsProps) {
  return (
    <>
      <Tags tags={card.tags} />
      <span className="shelf-sub shelf-kind">{kindName(card.kind)} · <Version card={card} /></span>
      <span className="shelf-sub shelf-by">{card.publisher?.name}</span>
      <span className="shelf-sub shelf-owner">{owner}</span>
      <span className="shelf-sub shelf-when">
        {shelf === "trash" || card.gone ? <Whereabouts card={card} now={now} /> : <time dateTime={card.created_at} title={moment(card.created_at)}>{ago(card.created_at, now)}</time>}
      </span>
    </>
  );
}

function Version({ card }: { card: Card }) {
  const behind = card.latest_version > card.current_version;
  return <span title={behind ? `Version ${card.current_version} of ${card.latest_version}` : `Version ${card.current_version}`}>v{card.current_version}{behind && `/${card.latest_version}`}</span>;
}

function Whereabouts({ card, now }: { card: Card; now: number }) {
  if (card.gone) return <>Has left this list</>;
  return card.trashed_at && <time dateTime={card.trashed_at} title={moment(card.trashed_at)}>In the trash, {ago(card.trashed_at, now)}</time>;
}

function Tags({ tags }: { tags: readonly string[] }) {
  const more = tags.length - TAGS_SHOWN;
  return (
    <span className="shelf-tags" title={tags.length > 0 ? tags.join(", ") : undefined}>
      {tags.slice(0, TAGS_SHOWN).map((tag) => <span key={tag} className="shelf-tag">{tag}</span>)}
      {more > 0 && <span className="shelf-tag">+{more}</span>}
    </span>
  );
}
