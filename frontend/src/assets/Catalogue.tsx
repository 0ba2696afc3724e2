import { useCallback, useEffect, useState } from "react";
import { go, Link, usePlace } from "../app/router";
import { Choice } from "../ui/Choice";
import { Empty } from "../ui/Empty";
import { usePages } from "../ui/pages";
import { ProblemNote } from "../ui/ProblemNote";
import { Search } from "../ui/Search";
import { Sentinel } from "../ui/Sentinel";
import { ASSET_KINDS, kindName } from "../ui/words";
import { get, query } from "../wire/http";
import type { AssetView, Publisher } from "../wire/types";
import { useAssetNews } from "./news";
import { Thumbnail } from "./Thumbnail";

const PAGE = 60;
const KINDS = [{ value: "", text: "All" }, ...ASSET_KINDS.map((kind) => ({ value: kind, text: kindName(kind) }))];

export function Catalogue() {
  const { query: asked } = usePlace();
  const kind = asked.get("kind") ?? "";
  const text = asked.get("q") ?? "";
  const publisher = asked.get("publisher_id") ?? "";
  const pages = usePages<AssetView>(`/assets${query({ kind, q: text, publisher_id: publisher, limit: PAGE })}`);
  const { refresh } = pages;
  // a failed refresh leaves the list as it was; the next fact tries again
  useAssetNews(useCallback(() => void refresh(({ id }) => id).catch(() => undefined), [refresh]));
  useEffect(() => {
    document.title = "Catalogue · Asset Ingest";
  }, []);
  const choose = (over: Record<string, string>) => go(`/assets${query({ kind, q: text, publisher_id: publisher, ...over })}`, "replace");
  const search = useCallback((words: string) => {
    const held = new URLSearchParams(location.search);
    go(`/assets${query({ ...Object.fromEntries(held), q: words })}`, "replace");
  }, []);
  const filtered = kind !== "" || text !== "" || publisher !== "";

  return (
    <div className="page">
      <h1>Catalogue</h1>
      <div className="tools">
        <Choice label="Filter by kind" options={KINDS} value={kind} onChoose={(value) => choose({ kind: value })} />
        <Search label="Search the catalogue" value={text} onSearch={search} testId="asset-search" />
      </div>
      {publisher && <PublisherTag key={publisher} id={publisher} onClear={() => choose({ publisher_id: "" })} />}
      <ul className="cards" aria-label="Assets">
        {pages.items.map((asset) => <Card key={asset.id} asset={asset} />)}
        {pages.phase === "loading" && pages.items.length === 0 && Array.from({ length: 12 }, (_, n) => <li key={n} className="card ghost" aria-hidden="true" />)}
      </ul>
      {pages.problem && <ProblemNote problem={pages.problem} again={pages.again} />}
      {pages.phase === "ready" && pages.items.length === 0 && <NothingHere filtered={filtered} />}
      <Sentinel onNear={pages.more} turn={pages.items.length} />
    </div>
  );
}

function Card({ asset }: { asset: AssetView }) {
  return (
    <li>
      <Link href={`/assets/${asset.id}`} className="card" data-testid="asset-card" data-asset-id={asset.id}>
        <Thumbnail url={asset.thumbnail_url} kind={asset.kind} />
        <span className="card-name">{asset.name}</span>
        <span className="card-sub">
          <span>{kindName(asset.kind)}{asset.current_version > 1 && ` · version ${asset.current_version}`}</span>
          {asset.publisher && <span>{asset.publisher.name}</span>}
        </span>
      </Link>
    </li>
  );
}

function PublisherTag({ id, onClear }: { id: string; onClear: () => void }) {
  const [name, setName] = useState("…");
  useEffect(() => {
    const left = new AbortController();
    get<Publisher>(`/publishers/${encodeURIComponent(id)}`, left.signal).then(
      (publisher) => setName(publisher.name),
      () => setName("this publisher"), // the filter works without the name
    );
    return () => left.abort();
  }, [id]);
  return (
    <p className="tag">
      By <strong>{name}</strong>
      <button type="button" className="button quiet" onClick={onClear}>Show all publishers</button>
    </p>
  );
}

function NothingHere({ filtered }: { filtered: boolean }) {
  if (filtered) {
    return (
      <Empty icon="search" title="No asset matches">
        <Link href="/assets" className="button">Show all</Link>
      </Empty>
    );
  }
  return (
    <Empty icon="unity_package" title="The catalogue is empty">
      <Link href="/" className="button primary">Upload something</Link>
    </Empty>
  );
}
