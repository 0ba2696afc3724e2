import type { ReactNode } from "react";
import { Link } from "../app/router";
import { Looking } from "../live/Looking";
import { useNames } from "../people/members";
import { Icon } from "../ui/Icon";
import { bytes, kindName } from "../ui/words";
import type { AssetDetail, VersionView } from "../wire/types";
import { Name } from "./Name";
import { Tags } from "./Tags";
import { Thumbnail } from "./Thumbnail";

/** What the asset is, and what can be done with it (`children`, and `last` what is seldom done). */
export function Header({ asset, version, learn, children, last }: {
  asset: AssetDetail; version: VersionView | null; learn: (asset: AssetDetail) => void; children: ReactNode; last: ReactNode;
}) {
  const nameOf = useNames();
  return (
    <header className="asset-head">
      <Thumbnail url={asset.thumbnail_url} kind={asset.kind} size={40} />
      <div className="asset-words">
        <div className="crumbs-row">
          <p className="crumbs"><Link href={asset.trashed_at ? "/trash" : "/assets"}>{asset.trashed_at ? "Trash" : "Library"}</Link> / {kindName(asset.kind)}</p>
          <Looking asset={asset.id} />
        </div>
        <Name asset={asset} learn={learn} />
        <p className="sub" data-testid="asset-sub">
          <span>{bytes(version?.size ?? asset.size)}</span>
          {asset.publisher && <Link href={`/assets?publisher_id=${encodeURIComponent(asset.publisher.id)}`}>{asset.publisher.name}</Link>}
          <span>Owner: {nameOf(asset.created_by)}</span>
          {asset.ready_at === null && <span className="chip run">In the making</span>}
          {asset.trashed_at && <span className="chip bad">In the trash</span>}
        </p>
        <Tags asset={asset} learn={learn} />
      </div>
      <div className="asset-moves">
        {children}
        {version && (
          <a className="button primary" href={version.content_url} download data-testid="download-shown">
            <Icon name="download" size={16} /> Download
          </a>
        )}
        {last}
      </div>
    </header>
  );
}
