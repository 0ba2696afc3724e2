import { useEffect, useId, useRef, useState, type KeyboardEvent } from "react";
import { useMay } from "../access/may";
import { Link } from "../app/router";
import { useReturn } from "../ui/focus";
import { Icon } from "../ui/Icon";
import { useRested } from "../ui/now";
import { attempt } from "../ui/toasts";
import { get, query } from "../wire/http";
import type { AssetDetail, Page } from "../wire/types";
import { editTags } from "./edit";

const LONGEST = 50;
const OFFERED = 8;
const REST_MS = 150;

/** The tags of an asset; each leads to all assets that have it. */
export function Tags({ asset, learn }: { asset: AssetDetail; learn: (asset: AssetDetail) => void }) {
  const may = useMay("edit_asset") && asset.trashed_at === null;
  const [adding, setAdding] = useState(false);
  const opener = useRef<HTMLButtonElement>(null);
  const change = (changed: (tags: readonly string[]) => string[]) => attempt(async () => learn(await editTags(asset, changed)));
  useReturn(adding, opener);
  if (asset.tags.length === 0 && !may) return null;
  return (
    <div className="tags">
      {asset.tags.length > 0 && (
        <ul aria-label="Tags" data-testid="tags">
          {asset.tags.map((tag) => (
            <li key={tag} className="label">
              <Link href={`/assets${query({ tag })}`}>{tag}</Link>
              {may && (
                <button type="button" aria-label={`Remove the tag ${tag}`} onClick={() => {
                  change((tags) => tags.filter((each) => each !== tag));
                  opener.current?.focus(); // this button goes
                }}><Icon name="cross" size={12} /></button>
              )}
            </li>
          ))}
        </ul>
      )}
      {may && !adding && (
        <button ref={opener} type="button" className="label add" onClick={() => setAdding(true)} data-testid="tag-add"><Icon name="plus" size={12} /> Tag</button>
      )}
      {adding && <TagField held={asset.tags} onAdd={(tag) => change((tags) => [...tags, tag])} onClose={() => setAdding(false)} />}
    </div>
  );
}

/** Where a tag is typed, with those that begin so: one of them, or what was typed. */
function TagField({ held, onAdd, onClose }: { held: readonly string[]; onAdd: (tag: string) => void; onClose: () => void }) {
  const [typed, setTyped] = useState("");
  const [at, setAt] = useState(-1);
  const options = useSuggestions(typed, held);
  const list = useId();
  const open = options.length > 0;
  const add = (tag: string) => {
    if (tag.trim() !== "") onAdd(tag.trim());
    setTyped("");
    setAt(-1);
  };
  const keys = (event: KeyboardEvent) => {
    const steps: Record<string, () => void> = {
      ArrowDown: () => setAt((at + 1) % Math.max(1, options.length)),
      ArrowUp: () => setAt(at <= 0 ? options.length - 1 : at - 1),
      Enter: () => (typed.trim() === "" && at < 0 ? onClose() : add(options[at] ?? typed)),
      ",": () => add(typed),
      Escape: onClose,
    };
    const step = steps[event.key];
    if (!step) return;
    event.preventDefault();
    step();
  };
  return (
    <div className="tag-field" onBlur={(event) => !event.currentTarget.contains(event.relatedTarget) && onClose()}>
      <input className="field" role="combobox" aria-label="Add a tag" aria-expanded={open} aria-controls={list} aria-autocomplete="list"
        aria-activedescendant={at >= 0 ? `${list}-${at}` : undefined} autoFocus autoComplete="off" spellCheck={false} maxLength={LONGEST}
        value={typed} onChange={(event) => (setTyped(event.target.value), setAt(-1))} onKeyDown={keys} data-testid="tag-field" />
      <ul id={list} role="listbox" aria-label="Tags that begin so" className="options" hidden={!open}>
        {options.map((tag, place) => (
          <li key={tag} id={`${list}-${place}`} role="option" aria-selected={place === at}
            onMouseDown={(event) => (event.preventDefault(), add(tag))}>{tag}</li>
        ))}
      </ul>
    </div>
  );
}

function useSuggestions(typed: string, held: readonly string[]): readonly string[] {
  const [found, setFound] = useState<readonly string[]>([]);
  const rested = useRested(typed, REST_MS);
  useEffect(() => {
    const left = new AbortController();
    get<Page<{ tag: string }>>(`/tags${query({ prefix: rested.trim().toLowerCase(), limit: OFFERED + held.length })}`, left.signal).then(
      ({ items }) => setFound(items.map(({ tag }) => tag)),
      () => !left.signal.aborted && setFound([]), // one may type a tag without being helped
    );
    return () => left.abort();
  }, [rested, held.length]);
  const begun = typed.trim().toLowerCase();
  return found.filter((tag) => tag.startsWith(begun) && !held.includes(tag)).slice(0, OFFERED);
}
