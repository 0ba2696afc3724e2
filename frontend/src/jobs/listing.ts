import type { JobStatus, JobView, Page } from "../wire/types";
import type { Problem } from "../wire/problem";
import type { JobsState, Row } from "./jobs";

export interface Filter {
  statuses: readonly JobStatus[];
  text: string;
}

/** How far a person has scrolled through the history under one filter. */
export interface Listing {
  filter: Filter;
  /** Which ids the server put under this filter. */
  listed: ReadonlySet<string>;
  /** The oldest place loaded so far; rows below it wait for their page, so that the order has no holes. */
  bottom: number;
  next: string | null;
  phase: "loading" | "ready" | "failed";
  problem: Problem | null;
}

export const EVERYTHING: Filter = { statuses: [], text: "" };

export function fresh(filter: Filter): Listing {
  return { filter, listed: new Set(), bottom: Number.POSITIVE_INFINITY, next: null, phase: "loading", problem: null };
}

export function loaded(listing: Listing, page: Page<JobView>): Listing {
  const listed = new Set(listing.listed);
  for (const job of page.items) listed.add(job.id);
  const last = page.items.at(-1);
  const bottom = page.next_cursor === null || !last ? Number.NEGATIVE_INFINITY : Date.parse(last.created_at);
  return { ...listing, listed, bottom, next: page.next_cursor, phase: "ready", problem: null };
}

/** The rows to show, newest first. */
export function shown(state: JobsState, listing: Listing): Row[] {
  const { statuses, text } = listing.filter;
  const wanted = text.toLowerCase();
  const rows: Row[] = [];
  for (const row of state.rows.values()) {
    if (statuses.length > 0 && !statuses.includes(row.status)) continue;
    if (!listing.listed.has(row.id)) {
      if (row.born < listing.bottom) continue;
      if (!row.original_filename.toLowerCase().includes(wanted)) continue;
    }
    rows.push(row);
  }
  return rows.sort((a, b) => b.born - a.born || (a.id < b.id ? 1 : -1));
}
