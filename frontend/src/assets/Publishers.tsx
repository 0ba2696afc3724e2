import { useCallback, useEffect } from "react";
import { Link } from "../app/router";
import { Empty } from "../ui/Empty";
import { usePages } from "../ui/pages";
import { ProblemNote } from "../ui/ProblemNote";
import { Sentinel } from "../ui/Sentinel";
import { label, many } from "../ui/words";
import type { Publisher } from "../wire/types";
import { useAssetNews } from "./news";

export function Publishers() {
  const pages = usePages<Publisher>("/publishers?limit=100");
  const { refresh } = pages;
  // a failed refresh leaves the list as it was; the next fact tries again
  useAssetNews(useCallback(() => void refresh(({ id }) => id).catch(() => undefined), [refresh]));
  useEffect(() => {
    document.title = "Publishers · Asset Ingest";
  }, []);
  return (
    <div className="page">
      <h1>Publishers</h1>
      <ul className="publishers" aria-label="Publishers">
        {pages.items.map((publisher) => (
          <li key={publisher.id}>
            <Link href={`/assets?publisher_id=${encodeURIComponent(publisher.id)}`} className="publisher" data-testid="publisher">
              <span className="publisher-mark" aria-hidden="true">{publisher.name.trim().charAt(0).toUpperCase() || "?"}</span>
              <span className="publisher-name">{publisher.name}<span className="sub">{label(publisher.source)}</span></span>
              <span className="publisher-count">{many(publisher.asset_count, "asset")}</span>
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
