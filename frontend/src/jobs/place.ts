import { groupHere } from "../groups/here";

/** Where the table is that a job is picked from: the history, or a group. */
export function listHref(): string {
  const group = groupHere();
  return group === null ? `/${location.search}` : `/groups/${group}`;
}

/** One job, over the table that is open. */
export function jobHref(id: string): string {
  const group = groupHere();
  return group === null ? `/jobs/${id}` : `/groups/${group}/jobs/${id}`;
}
