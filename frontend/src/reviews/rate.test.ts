import { expect, test } from "vitest";
import type { Comparison } from "../assets/types";
import { rateAt } from "./rate";

const asset = (metadata: Record<string, unknown>) => ({ metadata, provenance: {}, current_version: 2 });
const compared = (...facts: { field: string; a: unknown; b: unknown }[]) => ({ facts }) as unknown as Comparison;
const PAL = { num: 25, den: 1 };
const NTSC = { num: 30_000, den: 1001 };

test("the current version has the rate among the asset's facts", () => {
  expect(rateAt(asset({ frame_rate: "30000/1001" }), 2, null)).toEqual(NTSC);
  expect(rateAt(asset({}), 2, null)).toBeNull();
});

test("an older version has its own rate, and never that of the current one", () => {
  const now = asset({ frame_rate: "30000/1001" });
  expect(rateAt(now, 1, compared({ field: "frame_rate", a: "25", b: "30000/1001" }))).toEqual(PAL);
  expect(rateAt(now, 1, compared({ field: "frame_rate", a: null, b: "30000/1001" }))).toBeNull();
  expect(rateAt(now, 1, compared({ field: "size", a: 1, b: 2 }))).toEqual(NTSC);
  expect(rateAt(now, 1, null)).toBeNull();
});
