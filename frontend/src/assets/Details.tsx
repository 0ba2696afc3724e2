import { Link } from "../app/router";
import { Empty } from "../ui/Empty";
import { ProblemNote } from "../ui/ProblemNote";
import type { AssetDetail, VersionView } from "../wire/types";
import { Custom } from "./Custom";
import { Facts } from "./Facts";
import { factsAt } from "./factsAt";
import { Findings } from "./Findings";
import { assetHref } from "./place";
import { Publications } from "./Publications";
import { useCompared } from "./useAsset";

/** What is known of an asset, as it is in the version that is looked at. */
export function Details({ asset, version, learn, read }: { asset: AssetDetail; version: VersionView; learn: (asset: AssetDetail) => void; read: () => void }) {
  const { compared, problem } = useCompared(asset, version.number);
  const isCurrent = version.number === asset.current_version;
  const { facts, provenance } = factsAt(asset, compared);
  const file = { filename: version.filename, content_type: version.content_type, size: version.size, sha256: version.sha256 };
  return (
    <>
      {problem && <ProblemNote problem={problem} />}
      <section className="block" aria-labelledby="facts">
        <h2 id="facts">Facts{!isCurrent && ` of version ${version.number}`}</h2>
        {!isCurrent && !compared && !problem ? <p className="muted" role="status">Loading…</p> : <Facts facts={{ ...facts, ...file }} provenance={provenance} />}
      </section>
      <Custom asset={asset} learn={learn} />
      {!isCurrent && <p className="muted">What follows is of the <Link href={assetHref(asset.id, { tab: "details", version: null })}>current version</Link>.</p>}
      {asset.store_record && (
        <section className="block" aria-labelledby="store">
          <h2 id="store">Store record</h2>
          <Facts facts={asset.store_record} />
        </section>
      )}
      {asset.candidates.length > 0 && <Candidates of={asset} />}
      {asset.publications.length > 0 && <Publications assetId={asset.id} publications={asset.publications} onChange={read} />}
      {asset.findings.length > 0 && <Findings findings={asset.findings} total={asset.finding_count ?? asset.findings.length} />}
    </>
  );
}

function Candidates({ of: { candidates } }: { of: AssetDetail }) {
  return (
    <section className="block" aria-labelledby="candidates">
      <h2 id="candidates">Perhaps from the store</h2>
      <p className="muted">The package names no product. Going by its name alone it may be:</p>
      <ul>
        {candidates.map(({ product_id, title }) => <li key={product_id}>{title} <span className="muted">product {product_id}</span></li>)}
      </ul>
    </section>
  );
}

/** What lies in a package; only the current version is listed. */
export function NoContents({ asset, version }: { asset: AssetDetail; version: VersionView }) {
  if (version.number !== asset.current_version) {
    return (
      <Empty icon="archive" title={`The contents of version ${version.number} are not listed`}>
        <p>Compare it with another version to see what was added, removed or changed.</p>
        <p className="asset-moves">
          <Link href={assetHref(asset.id, { tab: "contents", version: null })} className="button">Contents of version {asset.current_version}</Link>
          <Link href={assetHref(asset.id, { tab: "versions", version: version.number })} className="button">Compare versions</Link>
        </p>
      </Empty>
    );
  }
  return <Empty icon="archive" title="Nothing lies inside">Only packages have contents; this is one file.</Empty>;
}
