import { useState } from "react";
import { useMay } from "../access/may";
import { go, Link, usePlace } from "../app/router";
import { useTitle } from "../app/title";
import { Review } from "../reviews/Review";
import { Shares } from "../shares/Shares";
import { Empty } from "../ui/Empty";
import { ProblemNote } from "../ui/ProblemNote";
import type { Problem } from "../wire/problem";
import type { AssetDetail, VersionView } from "../wire/types";
import { Arriving } from "./Arriving";
import { AuditTrail } from "./AuditTrail";
import { Details, NoContents } from "./Details";
import { Entries } from "./Entries";
import { Header } from "./Header";
import { InTrash, RollBack, Trash } from "./Moves";
import { NewVersion } from "./NewVersion";
import { assetHref, placeIn, type AssetPlace, type Tab } from "./place";
import { Tabs } from "./Tabs";
import type { ReviewSummary } from "./types";
import { useAsset, useReviews, useVersion } from "./useAsset";
import { VersionMenu } from "./VersionMenu";
import { Versions } from "./Versions";

/** All there is to one asset: `?v=` is the version that is looked at, `?tab=` the part of the page. */
export function AssetPage({ id }: { id: string }) {
  const { asset, problem, purged, read, learn } = useAsset(id);
  const [done, setDone] = useState(false);
  useTitle(asset?.name ?? "Asset");
  if (purged || done) return <Gone title="This asset was deleted for good" />;
  if (problem?.status === 404) return <Gone title="There is no such asset" />;
  if (!asset && problem?.status === 403) return <Gone title="You may not look at this asset" />;
  return (
    <div className="page asset-page">
      {problem && <Failed problem={problem} held={asset !== null} again={read} />}
      {asset ? <Asset asset={asset} read={read} learn={learn} onPurged={() => setDone(true)} /> : !problem && <Ghost />}
    </div>
  );
}

function Gone({ title }: { title: string }) {
  return <Empty as="h1" icon="search" title={title}><Link href="/assets" className="button">Go to the library</Link></Empty>;
}

/** What is on screen stays true to when it was read, and says that it may be old. */
function Failed({ problem, held, again }: { problem: Problem; held: boolean; again: () => void }) {
  return <div>{held && <p className="sr-only">What you see may be out of date.</p>}<ProblemNote problem={problem} again={again} /></div>;
}

function Ghost() {
  return <div className="asset-ghost" role="status"><span className="sr-only">Loading…</span></div>;
}

interface Shown {
  asset: AssetDetail;
  read: () => void;
  learn: (asset: AssetDetail) => void;
}

function Asset({ asset, read, learn, onPurged }: Shown & { onPurged: () => void }) {
  const place = placeIn(usePlace().query);
  const number = place.version ?? asset.current_version;
  const { version, missing } = useVersion(asset, number);
  const reviews = useReviews(asset.id);
  const choose = (over: Partial<AssetPlace>, how: "push" | "replace") => go(assetHref(asset.id, { ...place, ...over }), how);
  return (
    <>
      <InTrash asset={asset} learn={learn} onPurged={onPurged} />
      <Header asset={asset} version={version} learn={learn} last={<Trash asset={asset} learn={learn} />}>
        <VersionMenu asset={asset} shown={number} reviews={reviews} onChoose={(chosen) => choose({ version: chosen === asset.current_version ? null : chosen }, "push")} />
        <RollBack asset={asset} to={number} learn={learn} />
        <NewVersion asset={asset} />
      </Header>
      <Arriving asset={asset} shown={number} onShow={() => choose({ version: null }, "push")} />
      <Tabs tab={place.tab} counts={counts(asset, number, reviews)} onChoose={(tab) => choose({ tab }, "replace")}>
        {missing && <Empty icon="search" title={`There is no version ${number}`}><Link href={assetHref(asset.id, { ...place, version: null })} className="button">Show the current one</Link></Empty>}
        {version && <Panel tab={place.tab} asset={asset} version={version} reviews={reviews} learn={learn} read={read} />}
      </Tabs>
    </>
  );
}

function counts(asset: AssetDetail, number: number, reviews: ReadonlyMap<number, ReviewSummary>): Partial<Record<Tab, number>> {
  return {
    review: reviews.get(number)?.unresolved ?? 0,
    contents: number === asset.current_version ? (asset.entry_count ?? 0) : 0,
    versions: asset.latest_version,
  };
}

function Panel({ tab, asset, version, reviews, learn, read }: Shown & { tab: Tab; version: VersionView; reviews: ReadonlyMap<number, ReviewSummary> }) {
  const isCurrent = version.number === asset.current_version;
  switch (tab) {
    case "review":
      return <Review asset={asset} version={version} />;
    case "details":
      return <Details asset={asset} version={version} learn={learn} read={read} />;
    case "contents":
      return isCurrent && (asset.entry_count ?? 0) > 0
        ? <Entries id={asset.id} total={asset.entry_count ?? 0} kinds={asset.entry_kinds} edition={`v${asset.current_version}`} />
        : <NoContents asset={asset} version={version} />;
    case "versions":
      return <Versions asset={asset} shown={version.number} reviews={reviews} learn={learn} />;
    case "sharing":
      return <Sharing asset={asset} version={version} />;
    case "audit":
      return <AuditTrail id={asset.id} />;
  }
}

function Sharing({ asset, version }: { asset: AssetDetail; version: VersionView }) {
  const may = useMay("share");
  if (asset.trashed_at) return <Empty icon="trash" title="What lies in the trash is not shared">Its links ended when it went there.</Empty>;
  if (!may) return <Empty icon="lock" title="You may not share assets">A director, producer or admin makes links for people outside.</Empty>;
  return <Shares assetId={asset.id} version={version.number} />;
}
