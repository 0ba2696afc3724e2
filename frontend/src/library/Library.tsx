import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useMay } from "../access/may";
import { go, Link, usePlace } from "../app/router";
import { useTitle } from "../app/title";
import { useMembers } from "../people/members";
import { Icon } from "../ui/Icon";
import { ProblemNote } from "../ui/ProblemNote";
import { attempt } from "../ui/toasts";
import { many } from "../ui/words";
import { Filters } from "./Filters";
import { useShelfNews } from "./news";
import { NothingHere } from "./NothingHere";
import { filterOf, hrefOf, isNarrowed, listOf, type Filter, type ShelfName } from "./place";
import { useReading } from "./reading";
import type { View } from "./rows";
import { NONE } from "./selection";
import { SelectionBar } from "./SelectionBar";
import { Shelf } from "./Shelf";
import { rememberedView, rememberView } from "./view";

const TITLES: Record<ShelfName, string> = { library: "Library", trash: "Trash" };

/** All assets of the studio, or what of them lies in the trash. */
export function Library({ shelf }: { shelf: ShelfName }) {
  const { filter, view, choose, look } = useAsked(shelf);
  const path = listOf(shelf, filter);
  const { reading, book } = useReading(path);
  const people = useMembers();
  const [selection, select] = useState(NONE);
  useEffect(() => select(NONE), [path]);
  useShelfNews(shelf, reading);
  useTitle(TITLES[shelf]);
  const showNews = () => attempt(async () => {
    window.scrollTo(0, 0);
    await reading.restart();
  });
  const isEmpty = book.phase === "ready" && book.length === 0 && book.next === null;
  return (
    <div className="page library">
      <Heading shelf={shelf} />
      <Filters shelf={shelf} filter={filter} view={view} people={people} onChoose={choose} onLook={look} />
      {book.fresh.size > 0 && (
        <button type="button" className="fresh" onClick={showNews} data-testid="fresh">
          <Icon name="retry" size={16} /> {many(book.fresh.size, "asset")} new or moved. Show
        </button>
      )}
      {!isEmpty && !(book.phase === "failed" && book.length === 0) && (
        <Shelf shelf={shelf} book={book} reading={reading} view={view} people={people} selection={selection} onSelect={select} />
      )}
      {book.phase === "failed" && book.problem && <ProblemNote problem={book.problem} again={() => reading.again()} testId="library-problem" />}
      {isEmpty && <NothingHere shelf={shelf} narrowed={isNarrowed(filter)} />}
      <SelectionBar shelf={shelf} book={book} reading={reading} selection={selection} onSelect={select} />
    </div>
  );
}

function Heading({ shelf }: { shelf: ShelfName }) {
  const mayPurge = useMay("purge_asset");
  return (
    <header className="library-top">
      <h1>{TITLES[shelf]}</h1>
      <nav aria-label="Shelves" className="shelves">
        <Link href="/assets" aria-current={shelf === "library" ? "page" : undefined}>In use</Link>
        <Link href="/trash" aria-current={shelf === "trash" ? "page" : undefined}><Icon name="trash" size={16} /> Trash</Link>
      </nav>
      {shelf === "trash" && (
        <p className="muted small trash-note">
          Assets stay here, out of everybody’s way, until somebody restores them{mayPurge ? " or you delete them for good." : " or an admin deletes them for good."}
        </p>
      )}
    </header>
  );
}

/** What the address asks for, and how to ask for something else. */
function useAsked(shelf: ShelfName) {
  const { query } = usePlace();
  const said = query.toString();
  const filter = useMemo(() => filterOf(shelf, new URLSearchParams(said)), [shelf, said]);
  const asked = query.get("view");
  const shown = asked === "list" || asked === "grid" ? asked : "";
  const [usual] = useState(rememberedView);
  const now = useRef({ filter, shown });
  now.current = { filter, shown };
  const choose = useCallback((over: Partial<Filter>) => {
    go(hrefOf(shelf, { ...now.current.filter, ...over }, now.current.shown), "replace");
  }, [shelf]);
  const look = useCallback((view: View) => {
    rememberView(view);
    go(hrefOf(shelf, now.current.filter, view), "replace");
  }, [shelf]);
  const view: View = shown === "" ? usual : shown;
  return { filter, view, choose, look };
}
