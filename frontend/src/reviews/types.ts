import type { Person } from "../wire/types";

/** What the API says of comments and approvals. */

export interface Frames {
  start: number;
  end: number;
  rate_num: number;
  rate_den: number;
}

/** Upper left corner and size, where the whole picture is 1 by 1. */
export interface Region {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Where in a version a comment points: frames, a region, both; or an entry. */
export interface Anchor {
  frames?: Frames | null;
  region?: Region | null;
  entry?: { guid: string } | null;
}

export interface Comment {
  id: string;
  asset_id: string;
  version: number;
  thread_id: string;
  text: string;
  author: Person;
  created_at: string;
  revision: number;
  anchor: Anchor | null;
  mentions: Person[];
  edited_at: string | null;
  edited_by: Person | null;
  resolved_at: string | null;
  resolved_by: Person | null;
  deleted_at: string | null;
  can: { edit: boolean; delete: boolean; resolve: boolean };
}

export type Verdict = "APPROVED" | "CHANGES_REQUESTED";
export type ReviewState = "PENDING" | Verdict;

export interface Approval {
  id: string;
  verdict: Verdict;
  note: string;
  author: Person;
  created_at: string;
  withdrawn_at: string | null;
  replaced_at: string | null;
  counts: boolean;
}

export interface VersionReview {
  asset_id: string;
  version: number;
  sha256: string;
  state: ReviewState;
  missing: Record<string, number>;
  can: { approve: boolean; withdraw: boolean };
  items: Approval[];
  next_cursor: string | null;
}

export interface Policy {
  approvers: string[];
  needs: Record<string, number>;
  not_own: boolean;
  revision: number;
  updated_at: string | null;
}
