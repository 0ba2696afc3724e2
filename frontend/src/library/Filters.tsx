import { useEffect, useState, type ChangeEvent } from "react";
import type { Member } from "../people/types";
import { Choice } from "../ui/Choice";
import { PHONE, useMedia } from "../ui/media";
import { useRested } from "../ui/now";
import { Search } from "../ui/Search";
import { ASSET_KINDS, counted, kindName } from "../ui/words";
import { usePublishers, useTags } from "./names";
import { everything, isNarrowed, SORTS, type Filter, type ShelfName, type Sort } from "./place";
import type { View } from "./rows";

const KINDS = [{ value: "", text: "All" }, ...ASSET_KINDS.map((kind) => ({ value: kind, text: kindName(kind) }))];
const VIEWS = [{ value: "grid", text: "Grid" }, { value: "list", text: "List" }];
const SORT_WORDS: Record<Sort, string> = {
  "-created_at": "Newest first", created_at: "Oldest first", "-updated_at": "Changed last", updated_at: "Changed longest ago", name: "Name A–Z", "-name": "Name Z–A",
};
const REST_MS = 200;

interface Props {
  shelf: ShelfName;
  filter: Filter;
  view: View;
  people: ReadonlyMap<string, Member>;
  onChoose: (over: Partial<Filter>) => void;
  onLook: (view: View) => void;
}

export function Filters({ shelf, filter, view, people, onChoose, onLook }: Props) {
  const phone = useMedia(PHONE);
  const count = [filter.tag, filter.owner, filter.publisher_id, filter.from, filter.to].filter((value) => value !== "").length;
  const narrowing = <Narrowing shelf={shelf} filter={filter} people={people} onChoose={onChoose} />;
  return (
    <div className="filters">
      <div className="tools">
        <Search label={`Search the ${shelf}`} value={filter.q} onSearch={(q) => onChoose({ q })} testId="asset-search" />
        <label className="pick">
          <span className="sr-only">Sort by</span>
          <select value={filter.sort} onChange={({ target }) => onChoose({ sort: target.value as Sort })} data-testid="sort">
            {SORTS.map((sort) => <option key={sort} value={sort}>{SORT_WORDS[sort]}</option>)}
          </select>
        </label>
        <Choice label="Show as" options={VIEWS} value={view} onChoose={(value) => onLook(value as View)} />
      </div>
      <Choice label="Filter by kind" options={KINDS} value={filter.kind} onChoose={(kind) => onChoose({ kind })} />
      {phone ? <details className="more-filters"><summary>{count > 0 ? `More filters (${count})` : "More filters"}</summary>{narrowing}</details> : narrowing}
    </div>
  );
}

function Narrowing({ shelf, filter, people, onChoose }: Omit<Props, "view" | "onLook">) {
  const { sort } = filter;
  const publishers = usePublishers();
  return (
    <div className="narrowing" role="group" aria-label="Narrow down">
      <TagPick value={filter.tag} onChoose={(tag) => onChoose({ tag })} />
      <Pick label="Owner" all="Anybody" value={filter.owner} options={[...people.values()].map(({ id, name }) => [id, name] as const)} onChoose={(owner) => onChoose({ owner })} />
      <Pick label="Publisher" all="Any publisher" value={filter.publisher_id} options={publishers.map(({ id, name }) => [id, name] as const)}
        onChoose={(publisher_id) => onChoose({ publisher_id })} />
      <Day label="From" value={filter.from} onChoose={(from) => onChoose({ from })} />
      <Day label="To" value={filter.to} onChoose={(to) => onChoose({ to })} />
      {isNarrowed(filter) && (
        <button type="button" className="button quiet" onClick={() => onChoose({ ...everything(shelf), sort })} data-testid="clear-filters">Clear filters</button>
      )}
    </div>
  );
}

interface PickProps {
  label: string;
  all: string;
  value: string;
  options: readonly (readonly [string, string])[];
  onChoose: (value: string) => void;
}

function Pick({ label, all, value, options, onChoose }: PickProps) {
  const isKnown = value === "" || options.some(([id]) => id === value);
  return (
    <label className={value === "" ? "pick" : "pick chosen"}>
      <span>{label}</span>
      <select value={value} onChange={({ target }) => onChoose(target.value)}>
        <option value="">{all}</option>
        {!isKnown && <option value={value}>Another one</option>}
        {options.map(([id, name]) => <option key={id} value={id}>{name}</option>)}
      </select>
    </label>
  );
}

/** A tag, with those that begin as what is typed; it counts once it is chosen, or the field is left. */
function TagPick({ value, onChoose }: { value: string; onChoose: (tag: string) => void }) {
  const [text, setText] = useState(value);
  const tags = useTags(useRested(text.trim().toLowerCase(), REST_MS));
  useEffect(() => setText(value), [value]);
  const settle = (said: string) => said.trim() !== value && onChoose(said.trim());
  const change = ({ target, nativeEvent }: ChangeEvent<HTMLInputElement>) => {
    setText(target.value);
    const isTyped = nativeEvent instanceof InputEvent && nativeEvent.inputType !== "insertReplacementText"; // else picked from the list
    if (target.value === "" || !isTyped) settle(target.value);
  };
  return (
    <label className={value === "" ? "pick" : "pick chosen"}>
      <span>Tag</span>
      <input type="search" list="library-tags" value={text} placeholder="Any tag" autoComplete="off" spellCheck={false} data-testid="tag-filter"
        onChange={change} onBlur={() => settle(text)} onKeyDown={({ key }) => key === "Enter" && settle(text)} />
      <datalist id="library-tags">
        {tags.map(({ tag, assets }) => <option key={tag} value={tag}>{counted(assets)}</option>)}
      </datalist>
    </label>
  );
}

function Day({ label, value, onChoose }: { label: string; value: string; onChoose: (day: string) => void }) {
  return (
    <label className={value === "" ? "pick" : "pick chosen"}>
      <span>{label}</span>
      <input type="date" value={value} min="1970-01-01" max="2999-12-30" onChange={({ target }) => onChoose(target.value)} />
    </label>
  );
}
