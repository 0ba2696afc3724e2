import { Fragment, useCallback, useState } from "react";
import { useFresh } from "../app/news";
import { go } from "../app/router";
import { useNames } from "../people/members";
import { checked } from "../ui/checks";
import { Icon } from "../ui/Icon";
import { useNow } from "../ui/now";
import { usePages } from "../ui/pages";
import { ProblemNote } from "../ui/ProblemNote";
import { ago, bytes, moment } from "../ui/words";
import type { AssetDetail, Fact, VersionView } from "../wire/types";
import { Compare } from "./Compare";
import { RollBack } from "./Moves";
import { assetHref } from "./place";
import type { ReviewSummary } from "./types";
import { Marks } from "./VersionMenu";

const PAGE = 50;
const MINUTE = 60_000;

const numberOf = ({ number }: VersionView) => String(number);

interface Shown {
  asset: AssetDetail;
  shown: number;
  reviews: ReadonlyMap<number, ReviewSummary>;
  learn: (asset: AssetDetail) => void;
}

/** All versions, the newest first, and what differs between two of them. */
export function Versions({ asset, shown, reviews, learn }: Shown) {
  const pages = usePages<VersionView>(`/assets/${encodeURIComponent(asset.id)}/versions?limit=${PAGE}`);
  useFresh(pages, numberOf, useCallback(({ subject, type }: Fact) => subject.id === asset.id && type.startsWith("version."), [asset.id]));
  return (
    <>
      {asset.latest_version > 1 && <Compare asset={asset} shown={shown} />}
      <section className="block" aria-labelledby="versions">
        <h2 id="versions">Versions</h2>
        <ul className="versions" data-testid="versions">
          {pages.items.map((version) => <Line key={version.number} version={version} asset={asset} shown={shown} reviews={reviews} learn={learn} />)}
        </ul>
        {pages.problem && <ProblemNote problem={pages.problem} again={pages.again} />}
        {pages.phase === "loading" && <p className="muted" role="status">Loading…</p>}
        {pages.next !== null && pages.phase === "ready" && <button type="button" className="button" onClick={pages.more}>Earlier versions</button>}
      </section>
    </>
  );
}

function Line({ version, asset, shown, reviews, learn }: Shown & { version: VersionView }) {
  const nameOf = useNames();
  const now = useNow(MINUTE);
  const [open, setOpen] = useState(false);
  return (
    <li data-testid="version-row" data-version={version.number}>
      <span className="version-number">v{version.number}<Marks number={version.number} current={asset.current_version} reviews={reviews} /></span>
      <span className="version-file">
        {version.change_note && <span className="version-note">{version.change_note}</span>}
        <span className="file-name break">{version.filename}</span>
        <span className="sub">
          <span>{nameOf(version.created_by)}</span>
          <time dateTime={version.created_at} title={moment(version.created_at)}>{ago(version.created_at, now)}</time>
          <span>{bytes(version.size)}</span>
          <button type="button" className="link" aria-expanded={open} onClick={() => setOpen(!open)} data-testid="version-checks">What was verified</button>
        </span>
        {open && <Checks version={version} />}
      </span>
      <span className="version-moves">
        {version.number !== shown && <button type="button" className="button quiet" onClick={() => go(assetHref(asset.id, { tab: "review", version: version.number }))}>Look at it</button>}
        <RollBack asset={asset} to={version.number} learn={learn} quiet />
        <a className="button square" href={version.content_url} download data-testid="download" aria-label={`Download version ${version.number}`} title="Download"><Icon name="download" size={16} /></a>
      </span>
    </li>
  );
}

/** What was looked at before the version was born, by whom and when; never more than the server says. */
function Checks({ version: { verified, sha256 } }: { version: VersionView }) {
  return (
    <dl className="checks" data-testid="checks">
      <dt>SHA-256</dt><dd><code className="small break">{sha256}</code></dd>
      {verified.map((check, place) => (
        <Fragment key={place}><dt>{moment(check.at)}</dt><dd>{checked([check])}</dd></Fragment>
      ))}
      {verified.length === 0 && <><dt>Checks</dt><dd className="muted">{checked([])}</dd></>}
    </dl>
  );
}
