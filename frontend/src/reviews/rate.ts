import { useRef } from "react";
import { factsAt } from "../assets/factsAt";
import type { Comparison } from "../assets/types";
import { useCompared } from "../assets/useAsset";
import type { AssetDetail } from "../wire/types";
import { rateOf, type Rate } from "./timecode";

/** The frame rate of a version: its own, or what people say of the asset as a whole. */
export function useRate(asset: AssetDetail, number: number): Rate | null {
  const { compared } = useCompared(asset, number);
  const own = useRef<Rate | null>(null); // a version does not change: what was found stays while it is asked anew
  own.current = rateAt(asset, number, compared) ?? own.current;
  return own.current ?? rateOf(asset.custom);
}

/** The rate among a version's own facts, of which an older one's show in comparison with the current one's. */
export function rateAt(asset: Pick<AssetDetail, "metadata" | "provenance" | "current_version">, number: number, compared: Comparison | null): Rate | null {
  return number === asset.current_version || compared ? rateOf(factsAt(asset, compared).facts) : null;
}
