import type { JobStatus, JobView, StepStatus } from "../wire/types";

export type Tone = "idle" | "run" | "good" | "bad" | "warn";

interface Word {
  text: string;
  tone: Tone;
}

const JOBS: Record<JobStatus, Word> = {
  PENDING: { text: "Waiting", tone: "idle" },
  UPLOADING: { text: "Receiving", tone: "run" },
  QUEUED: { text: "Queued", tone: "idle" },
  PROCESSING: { text: "Processing", tone: "run" },
  SCRAPING: { text: "Looking up", tone: "run" },
  PUBLISHING: { text: "Publishing", tone: "run" },
  COMPLETE: { text: "Ready", tone: "good" },
  ERROR: { text: "Failed", tone: "bad" },
  CANCELLED: { text: "Cancelled", tone: "idle" },
};

const STEPS: Record<StepStatus, Word> = {
  WAITING: { text: "Waiting", tone: "idle" },
  READY: { text: "Queued", tone: "idle" },
  RUNNING: { text: "Running", tone: "run" },
  DONE: { text: "Done", tone: "good" },
  SKIPPED: { text: "Skipped", tone: "idle" },
  FAILED: { text: "Failed", tone: "bad" },
  CANCELLED: { text: "Cancelled", tone: "idle" },
};

const UNVERIFIED: Partial<Record<JobStatus, Word>> = {
  QUEUED: { text: "Stored", tone: "idle" },
  PROCESSING: { text: "Verifying", tone: "run" },
};

/** What failed while a file's bytes still come is tried again. */
export function triesAgain(job: Pick<JobView, "status" | "error_message">): boolean {
  return job.error_message !== null && (job.status === "PENDING" || job.status === "UPLOADING");
}

/** The step that reads every byte and compares the checksums gives a job its asset: before it, nothing is verified. */
export function jobWord(job: Pick<JobView, "status" | "duplicate" | "asset_id" | "error_message">): Word {
  if (triesAgain(job)) return { text: "Trying again", tone: "warn" };
  if (job.status === "COMPLETE" && job.duplicate) return { text: "Already here", tone: "good" };
  const unverified = job.asset_id === null ? UNVERIFIED[job.status] : undefined;
  return unverified ?? JOBS[job.status] ?? { text: job.status, tone: "idle" };
}

export function stepWord(status: StepStatus): Word {
  return STEPS[status] ?? { text: status, tone: "idle" };
}

/** The choices above the table. */
export const STATUS_CHOICES: readonly { value: string; text: string; statuses: readonly JobStatus[] }[] = [
  { value: "", text: "All", statuses: [] },
  { value: "active", text: "In progress", statuses: ["PENDING", "UPLOADING", "QUEUED", "PROCESSING", "SCRAPING", "PUBLISHING"] },
  { value: "failed", text: "Failed", statuses: ["ERROR"] },
  { value: "complete", text: "Ready", statuses: ["COMPLETE"] },
  { value: "cancelled", text: "Cancelled", statuses: ["CANCELLED"] },
];
