import { useFresh } from "../app/news";
import { Link } from "../app/router";
import { useTitle } from "../app/title";
import { Empty } from "../ui/Empty";
import { usePages } from "../ui/pages";
import { ProblemNote } from "../ui/ProblemNote";
import { Sentinel } from "../ui/Sentinel";
import { counted, label } from "../ui/words";
import type { Publisher } from "../wire/types";
import { changesAssets } from "./news";

const idOf = ({ id }: Publisher) => id;

export function Publishers() {
  const pages = usePages<Publisher>("/publishers?limit=100");
  useFresh(pages, idOf, changesAssets);
  useTitle("Publishers");
  return (
    <div className="page">
      <h1>Publishers</h1>
      <ul className="publishers" aria-label="Publishers">
        {pages.items.map((publisher) => (
          <li key={publisher.id}>
            <Link href={`/assets?publisher_id=${encodeURIComponent(publisher.id)}`} className="publisher" data-testid="publisher">
              <span className="publisher-mark" aria-hidden="true">{publisher.name.trim().charAt(0).toUpperCase() || "?"}</span>
              <span className="publisher-name">{publisher.name}<span className="sub">{label(publisher.source)}</span></span>
              <span className="publisher-count">{counted(publisher.asset_count)} {publisher.asset_count === 1 ? "asset" : "assets"}</span>
            </Link>
          </li>
        ))}
      </ul>
      {pages.problem && <ProblemNote problem={pages.problem} again={pages.again} />}
      {pages.phase === "loading" && pages.items.length === 0 && <p className="muted" role="status">Loading…</p>}
      {pages.phase === "ready" && pages.items.length === 0 && (
        <Empty icon="unity_package" title="No publisher is known yet">Packages from the Asset Store name theirs; they show here then.</Empty>
      )}
      <Sentinel onNear={pages.more} turn={pages.items.length} />
    </div>
  );
}
