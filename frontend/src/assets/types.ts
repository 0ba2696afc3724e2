import type { ReviewState } from "../reviews/types";
import type { Page, VersionView } from "../wire/types";

export interface FactDifference {
  field: string;
  a: unknown;
  b: unknown;
}

export interface EntryState {
  path: string;
  kind: string;
  size: number;
}

export interface EntryChange {
  guid: string;
  change: "added" | "removed" | "changed";
  a: EntryState | null;
  b: EntryState | null;
}

/** What differs between two versions, from `a` to `b`. */
export interface Comparison {
  a: VersionView;
  b: VersionView;
  same_content: boolean;
  facts: FactDifference[];
  entries: Page<EntryChange>;
}

/** How a version stands that somebody has said something of. */
export interface ReviewSummary {
  version: number;
  comments: number;
  unresolved: number;
  state: ReviewState;
}

/** One thing that happened; from where is said only to those who may know. */
export interface AuditRow {
  seq: number;
  at: string;
  type: string;
  actor: string;
  remote: string | null;
  agent: string | null;
  correlation_id: string;
  data: Record<string, unknown>;
}
