import type { Notice } from "./types";

const DID: Record<string, string> = {
  mention: "mentioned you on",
  reply: "answered you on",
  comment: "commented on",
  verdict: "gave a verdict on",
} satisfies Record<Notice["reason"], string>;

/** What somebody did, between their name and the asset's. */
export function did(reason: string): string {
  return DID[reason] ?? "did something on";
}

/** The version that it is about, and the comment there. */
export function placeOf({ asset_id, version, comment_id }: Notice): string {
  const query = new URLSearchParams({ v: String(version), tab: "review", ...(comment_id !== null && { comment: comment_id }) });
  return `/assets/${encodeURIComponent(asset_id)}?${query}`;
}

/** How a count is shown where there is little room. */
export function badge(count: number): string {
  return count > 99 ? "99+" : String(count);
}
