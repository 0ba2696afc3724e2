import { expect, test } from "vitest";
import { wanting, whyNot } from "./standing";
import type { Policy, VersionReview } from "./types";

const REVIEW: VersionReview = { asset_id: "a", version: 1, sha256: "", state: "PENDING", missing: { any: 1 }, can: { approve: false, withdraw: false }, items: [], next_cursor: null };
const POLICY: Policy = { approvers: ["DIRECTOR", "PRODUCER"], needs: { any: 1 }, not_own: true, revision: 0, updated_at: null };

test("says what is wanting", () => {
  expect(wanting(REVIEW)).toBe("Needs 1 more approval.");
  expect(wanting({ ...REVIEW, missing: { any: 2, DIRECTOR: 1, ADMIN: 1 } })).toBe("Needs 2 more approvals, 1 by a director and 1 by an admin.");
  expect(wanting({ ...REVIEW, state: "APPROVED", missing: {} })).toBe("");
  expect(wanting({ ...REVIEW, state: "CHANGES_REQUESTED", missing: {} })).toContain("withdrawn.");
});

test("says why one's word does not count", () => {
  expect(whyNot({ ...REVIEW, can: { approve: true, withdraw: false } }, POLICY, "ADMIN", true)).toBe("");
  expect(whyNot(REVIEW, POLICY, "ADMIN", false)).toBe("The policy counts directors and producers only.");
  expect(whyNot(REVIEW, POLICY, "DIRECTOR", true)).toContain("somebody else");
});
