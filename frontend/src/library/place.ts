import { ASSET_KINDS } from "../ui/words";
import { query } from "../wire/http";

export type ShelfName = "library" | "trash";

/** What is asked of a shelf, as the address says it. Days are those of whoever looks; both are included. */
export interface Filter {
  q: string;
  kind: string;
  tag: string;
  owner: string;
  publisher_id: string;
  from: string;
  to: string;
  sort: Sort;
}

export const SORTS = ["-created_at", "created_at", "-updated_at", "updated_at", "name", "-name"] as const;
export type Sort = (typeof SORTS)[number];

const PATHS: Record<ShelfName, string> = { library: "/assets", trash: "/trash" };
const DAY = /^[12]\d{3}-\d\d-\d\d$/;

/** Newest first; what went into the trash last is what changed last. */
export function usualSort(shelf: ShelfName): Sort {
  return shelf === "trash" ? "-updated_at" : "-created_at";
}

export function everything(shelf: ShelfName): Filter {
  return { q: "", kind: "", tag: "", owner: "", publisher_id: "", from: "", to: "", sort: usualSort(shelf) };
}

/** Reads an address; what makes no sense in it is as if it were not there. */
export function filterOf(shelf: ShelfName, asked: URLSearchParams): Filter {
  const said = (name: string) => asked.get(name) ?? "";
  const day = (name: string) => (DAY.test(said(name)) && !Number.isNaN(startOf(said(name), 0)) ? said(name) : "");
  return {
    q: said("q"),
    kind: ASSET_KINDS.includes(said("kind")) ? said("kind") : "",
    tag: said("tag"),
    owner: said("owner"),
    publisher_id: said("publisher_id"),
    from: day("from"),
    to: day("to"),
    sort: SORTS.find((sort) => sort === said("sort")) ?? usualSort(shelf),
  };
}

/** The address that shows this; with a `view`, shown so. */
export function hrefOf(shelf: ShelfName, filter: Filter, view = ""): string {
  const sort = filter.sort === usualSort(shelf) ? "" : filter.sort;
  return PATHS[shelf] + query({ ...filter, sort, view });
}

/** The list behind a filter, as the API has it. */
export function listOf(shelf: ShelfName, filter: Filter): string {
  const { from, to, ...rest } = filter;
  return `/assets${query({
    ...rest,
    status: shelf === "trash" ? "trashed" : "",
    created_after: from && new Date(startOf(from, 0)).toISOString(),
    created_before: to && new Date(startOf(to, 1)).toISOString(),
  })}`;
}

export function isNarrowed(filter: Filter): boolean {
  const { sort: _sort, ...narrow } = filter;
  return Object.values(narrow).some((value) => value !== "");
}

function startOf(day: string, later: number): number {
  const [year = 0, month = 1, date = 1] = day.split("-").map(Number);
  const start = new Date(year, month - 1, date + later);
  const isThere = month >= 1 && month <= 12 && date >= 1 && date <= new Date(year, month, 0).getDate();
  return isThere ? start.getTime() : Number.NaN;
}
