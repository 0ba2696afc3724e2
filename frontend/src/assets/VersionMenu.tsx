import { useEffect, useId, useRef, useState, type KeyboardEvent } from "react";
import { Link } from "../app/router";
import { useNames } from "../people/members";
import { STATE } from "../reviews/standing";
import { Icon } from "../ui/Icon";
import { useNow } from "../ui/now";
import { ago } from "../ui/words";
import type { AssetDetail, VersionView } from "../wire/types";
import type { ReviewSummary } from "./types";
import { assetHref } from "./place";

const MINUTE = 60_000;

/** Which version is looked at, and which there are. */
export function VersionMenu({ asset, shown, reviews, onChoose }: {
  asset: AssetDetail; shown: number; reviews: ReadonlyMap<number, ReviewSummary>; onChoose: (version: number) => void;
}) {
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const opener = useRef<HTMLButtonElement>(null);
  const list = useId();
  useEffect(() => {
    if (!open) return undefined;
    const outside = (event: PointerEvent) => box.current?.contains(event.target as Node) || setOpen(false);
    window.addEventListener("pointerdown", outside);
    return () => window.removeEventListener("pointerdown", outside);
  }, [open]);
  const close = () => {
    setOpen(false);
    opener.current?.focus();
  };
  const choose = (version: number) => {
    close();
    onChoose(version);
  };
  return (
    <div className="version-menu" ref={box} onKeyDown={(event) => event.key === "Escape" && open && close()}
      onBlur={(event) => event.relatedTarget && !event.currentTarget.contains(event.relatedTarget) && setOpen(false)}>
      <button ref={opener} type="button" className="button" aria-haspopup="listbox" aria-expanded={open} aria-controls={list} data-testid="version-menu"
        onClick={() => setOpen(!open)} onKeyDown={(event) => event.key === "ArrowDown" && (event.preventDefault(), setOpen(true))}>
        Version {shown}
        <Marks number={shown} current={asset.current_version} reviews={reviews} />
        <Icon name="down" size={14} />
      </button>
      {open && (
        <div className="popover">
          <List id={list} asset={asset} shown={shown} reviews={reviews} onChoose={choose} />
          {asset.latest_version > asset.versions.length && <Link href={assetHref(asset.id, { tab: "versions", version: null })}>All {asset.latest_version} versions</Link>}
        </div>
      )}
    </div>
  );
}

function List({ id, asset, shown, reviews, onChoose }: {
  id: string; asset: AssetDetail; shown: number; reviews: ReadonlyMap<number, ReviewSummary>; onChoose: (version: number) => void;
}) {
  const { versions } = asset;
  const [at, setAt] = useState(Math.max(0, versions.findIndex(({ number }) => number === shown)));
  const box = useRef<HTMLUListElement>(null);
  useEffect(() => box.current?.focus(), []);
  useEffect(() => {
    box.current?.children[at]?.scrollIntoView({ block: "nearest" }); // newer browsers return a promise, which is no cleanup
  }, [at]);
  const keys = (event: KeyboardEvent) => {
    const last = versions.length - 1;
    const steps: Record<string, () => void> = {
      ArrowDown: () => setAt(Math.min(last, at + 1)),
      ArrowUp: () => setAt(Math.max(0, at - 1)),
      Home: () => setAt(0),
      End: () => setAt(last),
      Enter: () => versions[at] && onChoose(versions[at].number),
      " ": () => versions[at] && onChoose(versions[at].number),
    };
    const step = steps[event.key];
    if (!step) return;
    event.preventDefault();
    step();
  };
  return (
    <ul ref={box} id={id} role="listbox" aria-label="Versions" tabIndex={0} aria-activedescendant={`${id}-${at}`} onKeyDown={keys} data-testid="version-list">
      {versions.map((version, place) => (
        <li key={version.number} id={`${id}-${place}`} role="option" aria-selected={version.number === shown} className={place === at ? "at" : ""}
          onClick={() => onChoose(version.number)} onPointerMove={() => setAt(place)} data-version={version.number}>
          <Line version={version} asset={asset} reviews={reviews} />
        </li>
      ))}
    </ul>
  );
}

function Line({ version, asset, reviews }: { version: VersionView; asset: AssetDetail; reviews: ReadonlyMap<number, ReviewSummary> }) {
  const nameOf = useNames();
  const now = useNow(MINUTE);
  return (
    <>
      <span className="version-number">Version {version.number}<Marks number={version.number} current={asset.current_version} reviews={reviews} /></span>
      {version.change_note && <span className="version-note">{version.change_note}</span>}
      <span className="sub"><span>{nameOf(version.created_by)}</span><time dateTime={version.created_at}>{ago(version.created_at, now)}</time></span>
    </>
  );
}

/** What there is to know of a version at a glance: whether it is the current one, and how it was judged. */
export function Marks({ number, current, reviews }: { number: number; current: number; reviews: ReadonlyMap<number, ReviewSummary> }) {
  return (
    <>
      {number === current && <span className="chip idle">Current</span>}
      <StateChip state={reviews.get(number)?.state} />
    </>
  );
}

export function StateChip({ state }: { state: ReviewSummary["state"] | undefined }) {
  if (state === undefined || state === "PENDING") return null;
  const { text, tone } = STATE[state];
  return <span className={`chip ${tone}`} data-testid="version-state">{text}</span>;
}
