import type { Tone } from "../jobs/words";
import { bytes, many, number } from "../ui/words";
import { ended } from "../jobs/jobs";
import type { GroupStatus, GroupView, JobStatus } from "../wire/types";

const GROUP_WORDS: Record<GroupStatus, { text: string; tone: Tone }> = {
  PENDING: { text: "Waiting", tone: "idle" },
  IN_PROGRESS: { text: "In progress", tone: "run" },
  COMPLETED: { text: "Ready", tone: "good" },
  FAILED: { text: "Failed", tone: "bad" },
  CANCELLED: { text: "Cancelled", tone: "idle" },
};

/** A group is called failed as soon as one of its files is; people are told whether that is all of them. */
export function groupWord(group: GroupView): { text: string; tone: Tone } {
  if (filesIn(group) === 0) return { text: "Empty", tone: "idle" };
  if (group.status === "FAILED" && (group.jobs.COMPLETE ?? 0) > 0) return { text: "Some failed", tone: "bad" };
  return GROUP_WORDS[group.status];
}

export function filesIn({ jobs }: GroupView): number {
  return Object.values(jobs).reduce((sum, count) => sum + count, 0);
}

export function endedIn({ jobs }: GroupView): number {
  return Object.entries(jobs).reduce((sum, [status, count]) => sum + (ended(status as JobStatus) ? count : 0), 0);
}

/** Failed files that a retry cannot help, since the server has none of their bytes. */
export function neverArrived({ jobs, retryable }: GroupView): number {
  return Math.max(0, (jobs.ERROR ?? 0) - retryable);
}

/** "7 of 12 files ready · 1 failed · 1.2 GB" */
export function countersOf(group: GroupView): string {
  const { COMPLETE: complete = 0, ERROR: failed = 0, CANCELLED: cancelled = 0 } = group.jobs;
  if (filesIn(group) === 0) return "No file yet";
  const said = [`${number(complete)} of ${many(filesIn(group), "file")} ready`];
  if (failed > 0) said.push(`${number(failed)} failed`);
  if (neverArrived(group) > 0) said.push(`${many(neverArrived(group), "file")} never arrived: send again`);
  if (cancelled > 0) said.push(`${number(cancelled)} cancelled`);
  return [...said, bytes(group.size)].join(" · ");
}
