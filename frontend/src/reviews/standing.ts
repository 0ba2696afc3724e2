import type { Policy, VersionReview, ReviewState } from "./types";

export const STATE: Record<ReviewState, { text: string; tone: string }> = {
  PENDING: { text: "In review", tone: "warn" },
  APPROVED: { text: "Approved", tone: "good" },
  CHANGES_REQUESTED: { text: "Changes requested", tone: "bad" },
};

/** What is still wanting, as a sentence; empty where nothing is. */
export function wanting({ state, missing }: VersionReview): string {
  if (state === "APPROVED") return "";
  const parts = Object.entries(missing).map(([role, count]) => (role === "any" ? `${count} more ${count === 1 ? "approval" : "approvals"}` : `${count} by ${whom(role, count)}`));
  const lacks = parts.length > 0 ? `Needs ${listed(parts)}.` : "";
  return state === "CHANGES_REQUESTED" ? `Waits until the changes are made or the request is withdrawn. ${lacks}`.trim() : lacks;
}

/** Why somebody who may approve cannot do so here. */
export function whyNot(review: VersionReview, policy: Policy | null, role: string, broughtIt: boolean): string {
  if (review.can.approve) return "";
  if (policy && !policy.approvers.includes(role)) return `The policy counts ${listed(policy.approvers.map((each) => whom(each, 2)))} only.`;
  if (policy?.not_own && broughtIt) return "You brought this version: somebody else approves it.";
  return "Your word does not count for this version.";
}

function whom(role: string, count: number): string {
  const word = role.toLowerCase();
  if (count !== 1) return `${word}s`;
  return `${/^[aeiou]/.test(word) ? "an" : "a"} ${word}`;
}

function listed(parts: readonly string[]): string {
  return parts.length < 2 ? parts.join("") : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1) ?? ""}`;
}
