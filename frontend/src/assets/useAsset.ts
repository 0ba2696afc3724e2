import { useCallback, useEffect, useRef, useState } from "react";
import { feed } from "../app/live";
import { useFollowed } from "../app/news";
import { get } from "../wire/http";
import { asProblem, type Problem } from "../wire/problem";
import type { AssetDetail, Page, VersionView } from "../wire/types";
import { useAssetNews } from "./news";
import type { Comparison, ReviewSummary } from "./types";

export interface Asked {
  asset: AssetDetail | null;
  problem: Problem | null;
  /** Somebody deleted it for good while it was looked at. */
  purged: boolean;
  read: () => Promise<void>;
  /** Takes the answer to a change, unless something newer is known. */
  learn: (asset: AssetDetail) => void;
}

/** The asset of a page, read again whenever something is told of it. */
export function useAsset(id: string): Asked {
  const [asset, setAsset] = useState<AssetDetail | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [purged, setPurged] = useState(false);
  const learn = useCallback((answer: AssetDetail) => {
    setAsset((held) => (held && held.revision > answer.revision ? held : answer));
    setProblem(null);
  }, []);
  const read = useCallback(() => (
    get<AssetDetail>(`/assets/${encodeURIComponent(id)}`).then(learn, (error: unknown) => setProblem(asProblem(error)))
  ), [id, learn]);
  useEffect(() => void read(), [read]);
  useAssetNews(id, read);
  useEffect(() => feed.onFact(({ type, subject }) => type === "asset.purged" && subject.id === id && setPurged(true)), [id]);
  return { asset, problem, purged, read, learn };
}

const NONE: ReadonlyMap<number, ReviewSummary> = new Map();

/** How the versions stand with those who review them; empty until it is known. */
export function useReviews(id: string): ReadonlyMap<number, ReviewSummary> {
  const read = async (signal: AbortSignal) => {
    const { items } = await get<{ items: ReviewSummary[] }>(`/assets/${encodeURIComponent(id)}/reviews`, signal);
    return new Map(items.map((each) => [each.version, each]));
  };
  return useFollowed(id, read, ({ subject, type }) => subject.id === id && /^(approval|comment|version)\./.test(type)).value ?? NONE;
}

/** One version: of those that came with the asset, or asked for by its number; null while it is, and if there is none. */
export function useVersion(asset: AssetDetail, number: number): { version: VersionView | null; missing: boolean } {
  const held = asset.versions.find((each) => each.number === number) ?? null;
  const [asked, setAsked] = useState<{ number: number; version: VersionView | null } | null>(null);
  const needed = held === null && number <= asset.latest_version;
  useEffect(() => {
    if (!needed) return undefined;
    const left = new AbortController();
    const found = (version: VersionView | null) => !left.signal.aborted && setAsked({ number, version: version?.number === number ? version : null });
    get<Page<VersionView>>(`/assets/${encodeURIComponent(asset.id)}/versions?limit=1&cursor=${number + 1}`, left.signal).then(
      ({ items }) => found(items[0] ?? null),
      () => found(null),
    );
    return () => left.abort();
  }, [needed, asset.id, number]);
  const version = held ?? (asked?.number === number ? asked.version : null);
  return { version, missing: version === null && (!needed || asked?.number === number) };
}

/** What differs between a version and the current one; null for the current one itself and while it is asked. */
export function useCompared(asset: AssetDetail, number: number): { compared: Comparison | null; problem: Problem | null } {
  const [state, setState] = useState<{ key: string; compared: Comparison | null; problem: Problem | null } | null>(null);
  const key = `${asset.id} ${number} ${asset.current_version} ${asset.revision}`;
  const latest = useRef(key);
  latest.current = key;
  useEffect(() => {
    if (number === asset.current_version) return;
    const settle = (compared: Comparison | null, problem: Problem | null) => latest.current === key && setState({ key, compared, problem });
    compare(asset.id, number, asset.current_version, 1).then((compared) => settle(compared, null), (error: unknown) => settle(null, asProblem(error)));
  }, [key, asset.id, asset.current_version, number]);
  return state?.key === key ? state : { compared: null, problem: null };
}

export function compare(id: string, a: number, b: number, limit = 100, cursor = ""): Promise<Comparison> {
  return get<Comparison>(`/assets/${encodeURIComponent(id)}/versions/compare?a=${a}&b=${b}&limit=${limit}${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
}
