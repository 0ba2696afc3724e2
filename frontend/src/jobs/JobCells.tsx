import { memo } from "react";
import { Link } from "../app/router";
import { Progress } from "../ui/Progress";
import { ago, bytes, moment, sentence } from "../ui/words";
import { ended, type Row } from "./jobs";
import { JobMoves } from "./JobMoves";
import { jobHref } from "./place";
import { jobWord, triesAgain } from "./words";

/** The cells of one job. `now` is coarse, so rows at rest are not painted again. */
export const JobCells = memo(function JobCells({ job, now }: { job: Row; now: number }) {
  return (
    <>
      <td role="cell" className="cell-name">
        <Link href={jobHref(job.id)} className="file-name" title={job.original_filename}>{job.original_filename}</Link>
        <span className="sub">
          {job.size !== null && <span>{bytes(job.size)}</span>}
          {job.asset_id && <Link href={`/assets/${job.asset_id}`}>{job.duplicate ? "Open the one you have" : "Open asset"}</Link>}
        </span>
        {(job.status === "ERROR" || triesAgain(job)) && job.error_message && (
          <span className={job.status === "ERROR" ? "row-error" : "row-error passing"} data-testid="job-error">
            {sentence(job.error_message)} {job.remedy && <span className="muted">{sentence(job.remedy)}</span>}
          </span>
        )}
      </td>
      <td role="cell" className="cell-status">
        <StatusChip job={job} />
        {!ended(job.status) && <Progress value={job.progress} label={`Progress of ${job.original_filename}`} />}
      </td>
      <td role="cell" className="cell-when">
        <time dateTime={job.created_at} title={moment(job.created_at)}>{ago(job.created_at, now)}</time>
      </td>
      <td role="cell" className="cell-moves"><JobMoves job={job} /></td>
    </>
  );
});

export function StatusChip({ job }: { job: Row }) {
  const { text, tone } = jobWord(job);
  const live = !ended(job.status) && job.status !== "QUEUED" && job.status !== "PENDING";
  return (
    <span className={`chip ${tone}`} data-testid="job-status">
      {text}
      {live && job.status !== "UPLOADING" && <span className="chip-number">{Math.round(job.progress)} %</span>}
    </span>
  );
}
