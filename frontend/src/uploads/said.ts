import { Problem } from "../wire/problem";
import type { JobView } from "../wire/types";

/** What a person is told of an upload in many requests. */

export const CHANGED = "The file was changed since it was interrupted, so it begins anew";
export const ANOTHER = "Not the file of this name that was interrupted: it begins anew";

export function interrupted(): Problem {
  return new Problem({
    status: 0,
    code: "upload_interrupted",
    detail: "The connection broke again and again",
    remedy: "Try again: what arrived is kept, and it goes on from there.",
  });
}

export function elsewhere(): Problem {
  return new Problem({
    status: 0,
    code: "sent_elsewhere",
    detail: "Another window is sending this file",
    remedy: "Let it finish there, or close that window and try again here.",
  });
}

export function ended(job: JobView, { status, message }: Problem): Problem {
  return new Problem({ status, code: "upload_gone", detail: message, jobId: job.id });
}

export function unreadable(): never {
  throw new Problem({
    status: 0,
    code: "file_unreadable",
    detail: "The file cannot be read any more: it was changed, moved or deleted",
    remedy: "Drop it again.",
  });
}
