import type { AssetDetail } from "../wire/types";
import type { Comparison } from "./types";

// of a version and not of what is in it: the header and the list of versions say them
const ITS_OWN = new Set(["name", "kind", "size", "sha256", "content_type", "filename"]);

/** The facts of version `a`, made of those of the current one (`b`) and what differs between the two. */
export function factsAt(asset: Pick<AssetDetail, "metadata" | "provenance">, compared: Comparison | null) {
  const facts = { ...asset.metadata };
  const provenance = { ...asset.provenance };
  for (const { field, a } of compared?.facts ?? []) {
    if (ITS_OWN.has(field)) continue;
    delete provenance[field]; // it is that of the current version
    if (a === null || a === undefined) delete facts[field];
    else facts[field] = a;
  }
  return { facts, provenance };
}
