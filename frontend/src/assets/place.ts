import { query } from "../wire/http";

export const TABS = ["review", "details", "contents", "versions", "sharing", "audit"] as const;
export type Tab = (typeof TABS)[number];

/** What of an asset is looked at: by its address, so that it can be sent to somebody. */
export interface AssetPlace {
  tab: Tab;
  /** Null follows the current version. */
  version: number | null;
}

const NUMBER = /^[1-9]\d{0,8}$/;

export function placeIn(asked: URLSearchParams): AssetPlace {
  const tab = TABS.find((each) => each === asked.get("tab")) ?? "review";
  const said = asked.get("v") ?? "";
  return { tab, version: NUMBER.test(said) ? Number(said) : null };
}

/** The address of a place; the first tab goes without saying. */
export function assetHref(id: string, { tab, version }: AssetPlace): string {
  return `/assets/${encodeURIComponent(id)}${query({ v: version, tab: tab === "review" ? null : tab })}`;
}
