import type { AssetDetail, VersionView } from "../wire/types";

/** How a version can be looked at. `why` says why there is less to see than the file itself. */
export type Shown =
  | { how: "picture"; url: string; why: string | null }
  | { how: "video" | "audio"; url: string }
  | { how: "still"; url: string | null; why: string };

// Only what no browser runs: never SVG or HTML, whatever a file is called. The server tells types by content, not by name.
const PICTURES = new Set(["image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", "image/bmp"]);
const VIDEOS = new Set(["video/mp4", "video/webm", "video/ogg", "video/quicktime", "video/x-m4v", "video/x-matroska", "video/3gpp"]);
const SOUNDS = new Set(["audio/mpeg", "audio/wav", "audio/ogg", "audio/flac", "audio/mp4", "audio/aac", "audio/webm"]);
const LARGEST_PICTURE = 100_000_000; // what a browser can still unfold without stopping

export function shown(asset: AssetDetail, version: VersionView): Shown {
  const current = version.number === asset.current_version;
  const type = version.content_type;
  const url = version.content_url;
  if (VIDEOS.has(type)) return { how: "video", url };
  if (SOUNDS.has(type)) return { how: "audio", url };
  if (PICTURES.has(type) && version.size <= LARGEST_PICTURE) return { how: "picture", url, why: null };
  return still(asset, current, type);
}

function still(asset: AssetDetail, current: boolean, type: string): Shown {
  const made = current ? (asset.contact_sheet_url ?? asset.thumbnail_url) : null;
  if (asset.kind === "unity_package") {
    return { how: "still", url: made, why: current ? "" : "Pictures and contents are shown for the current version only." };
  }
  if (made !== null && asset.kind === "photo") return { how: "picture", url: made, why: `This is our preview: browsers do not show ${type}.` };
    return { how: "still", url: made, why: `There is no preview of ${type || "this kind of file"}. Comments are on the version as a whole.` };
}
