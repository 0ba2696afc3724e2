import { Icon, kindIcon } from "../ui/Icon";
import type { AssetDetail, VersionView } from "../assets/types";

/** Stands in for the review of a version: its picture, as large as there is one. */
export function Review({ asset, version }: { asset: AssetDetail; version: VersionView }) {
  const picture = version.number === asset.current_version ? (asset.contact_sheet_url ?? asset.thumbnail_url) : null;
  return (
    <div className="review-picture">
      {picture
        ? <img src={picture} alt={`${asset.name}, version ${version.number}`} decoding="async" />
        : <Icon name={kindIcon(asset.kind)} size={72} />}
    </div>
  );
}
