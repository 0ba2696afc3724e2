import { useCallback, useEffect, useState } from "react";
import { Link } from "../app/router";
import { Looking } from "../live/Looking";
import { Empty } from "../ui/Empty";
import { Icon } from "../ui/Icon";
import { ProblemNote } from "../ui/ProblemNote";
import { bytes, kindName, many } from "../ui/words";
import { get } from "../wire/http";
import { asProblem, type Problem } from "../wire/problem";
import type { AssetDetail } from "../wire/types";
import { Shares } from "../shares/Shares";
import { Entries } from "./Entries";
import { Facts } from "./Facts";
import { Findings } from "./Findings";
import { useAssetNews } from "./news";
import { Publications } from "./Publications";
import { Thumbnail } from "./Thumbnail";
import { Versions } from "./Versions";

export function AssetPage({ id }: { id: string }) {
  const { asset, problem, read } = useAsset(id);
  useEffect(() => {
    document.title = `${asset?.name ?? "Asset"} · Asset Ingest`;
  }, [asset?.name]);
  if (!asset && problem?.status === 404) {
    return (
      <Empty icon="search" title="There is no such asset">
        <Link href="/assets" className="button">Go to the catalogue</Link>
      </Empty>
    );
  }
  return (
    <div className="page">
      {problem && <ProblemNote problem={problem} again={read} />}
      {asset ? <Asset asset={asset} read={read} /> : !problem && <p className="muted" role="status">Loading…</p>}
    </div>
  );
}

function useAsset(id: string) {
  const [asset, setAsset] = useState<AssetDetail | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const read = useCallback(() => {
    get<AssetDetail>(`/assets/${encodeURIComponent(id)}`).then(
      (answer) => {
        setAsset(answer);
        setProblem(null);
      },
      (error: unknown) => setProblem(asProblem(error)),
    );
  }, [id]);
  useEffect(read, [read]);
  useAssetNews(read, id);
  return { asset, problem, read };
}

function Asset({ asset, read }: { asset: AssetDetail; read: () => void }) {
  const current = asset.versions.find(({ number }) => number === asset.current_version) ?? asset.versions[0];
  return (
    <>
      <Top asset={asset} download={current?.content_url} />
      {Object.keys(asset.metadata).length > 0 && (
        <section className="block" aria-labelledby="facts">
          <h2 id="facts">Facts</h2>
          <Facts facts={asset.metadata} provenance={asset.provenance} />
        </section>
      )}
      {asset.store_record && (
        <section className="block" aria-labelledby="store">
          <h2 id="store">Store record</h2>
          <Facts facts={asset.store_record} />
        </section>
      )}
      {asset.contact_sheet_url && (
        <section className="block" aria-labelledby="sheet">
          <h2 id="sheet">Contact sheet</h2>
          <a href={asset.contact_sheet_url} target="_blank" rel="noopener" className="sheet">
            <img src={asset.contact_sheet_url} alt={`Previews of what is inside ${asset.name}`} loading="lazy" decoding="async" />
          </a>
        </section>
      )}
      {asset.candidates.length > 0 && <Candidates of={asset} />}
      {asset.publications.length > 0 && <Publications assetId={asset.id} publications={asset.publications} onChange={read} />}
      {asset.findings.length > 0 && <Findings findings={asset.findings} total={asset.finding_count ?? asset.findings.length} />}
      <Versions versions={asset.versions} current={asset.current_version} />
      <Shares assetId={asset.id} current={asset.current_version} />
      {(asset.entry_count ?? 0) > 0 && <Entries id={asset.id} total={asset.entry_count ?? 0} kinds={asset.entry_kinds} edition={`v${asset.current_version}`} />}
    </>
  );
}

function Candidates({ of: { candidates } }: { of: AssetDetail }) {
  return (
    <section className="block" aria-labelledby="candidates">
      <h2 id="candidates">Perhaps from the store</h2>
      <p className="muted">The package names no product. Going by its name alone it may be:</p>
      <ul className="plain">
        {candidates.map(({ product_id, title }) => <li key={product_id}>{title} <span className="muted">product {product_id}</span></li>)}
      </ul>
    </section>
  );
}

function Top({ asset, download }: { asset: AssetDetail; download: string | undefined }) {
  return (
    <header className="asset-top">
      <Thumbnail url={asset.thumbnail_url} kind={asset.kind} size={64} />
      <div className="asset-words">
        <div className="crumbs-row">
          <p className="crumbs"><Link href="/assets">Catalogue</Link> / {kindName(asset.kind)}</p>
          <Looking asset={asset.id} />
        </div>
        <h1 title={asset.name}>{asset.name}</h1>
        <p className="sub">
          {asset.publisher && <Link href={`/assets?publisher_id=${encodeURIComponent(asset.publisher.id)}`}>{asset.publisher.name}</Link>}
          <span>{bytes(asset.size)}</span>
          {asset.entry_count !== null && <span>{many(asset.entry_count, "entry", "entries")}</span>}
          <span>{asset.content_type}</span>
        </p>
        <p className="asset-moves">
          {download && <a className="button primary" href={download} download><Icon name="download" size={16} /> Download</a>}
        </p>
      </div>
    </header>
  );
}
