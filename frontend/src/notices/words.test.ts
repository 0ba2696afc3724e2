import { expect, test } from "vitest";
import type { Notice } from "./types";
import { badge, did, placeOf } from "./words";

const notice: Notice = {
  id: "n", reason: "mention", asset_id: "a/1", asset_name: "Crates", version: 3, by: { id: "m", name: "Bo" },
  created_at: "2026-01-01T00:00:00Z", read_at: null, comment_id: "c", approval_id: null,
};

test("a notice leads to its comment on its version", () => {
  expect(placeOf(notice)).toBe("/assets/a%2F1?v=3&tab=review&comment=c");
  expect(placeOf({ ...notice, comment_id: null })).toBe("/assets/a%2F1?v=3&tab=review");
});

test("what a newer server tells of is said in general", () => {
  expect(did("reply")).toBe("answered you on");
  expect(did("wave")).toBe("did something on");
});

test("a large count is cut", () => {
  expect([badge(1), badge(99), badge(100)]).toEqual(["1", "99", "99+"]);
});
