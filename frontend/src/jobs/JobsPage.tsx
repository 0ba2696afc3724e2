import { useCallback, useEffect, useMemo } from "react";
import { feed, uploads } from "../app/live";
import { go, usePlace } from "../app/router";
import { useTitle } from "../app/title";
import { Choice } from "../ui/Choice";
import { Empty } from "../ui/Empty";
import { ProblemNote } from "../ui/ProblemNote";
import { Search } from "../ui/Search";
import { query } from "../wire/http";
import { useStore } from "../wire/store";
import { DropZone } from "../uploads/DropZone";
import { Interrupted } from "../uploads/Interrupted";
import { SendingStrip } from "../uploads/SendingStrip";
import { withoutTwins } from "../uploads/twins";
import { JobTable, type Line } from "./JobTable";
import { shown } from "./listing";
import { STATUS_CHOICES } from "./words";

/** Uploads: the home page. */
export function JobsPage() {
  const { status, text, choose } = useFilter();
  const jobs = useStore(feed.jobs);
  const listing = useStore(feed.listing);
  const queue = useStore(uploads.view);
  const filtered = status !== "" || text !== "";

  const lines = useMemo<readonly Line[]>(() => {
    const rows: Line[] = withoutTwins(shown(jobs, listing), queue.rows).map((job) => ({ key: job.id, job }));
    if (filtered) return rows;
    const more = queue.waiting - queue.rows.filter(({ phase }) => phase === "waiting").length;
    const waiting: Line[] = more > 0 ? [{ key: "more", more }] : [];
    return [...queue.rows.map((upload) => ({ key: `upload-${upload.key}`, upload })), ...waiting, ...rows];
  }, [jobs, listing, queue, filtered]);

  useTitle(queue.active + queue.waiting > 0 ? `(${queue.active + queue.waiting}) Uploads` : "Uploads");

  const again = useCallback(() => feed.reload(), []);
  const more = useCallback(() => feed.more(), []);
  return (
    <div className="page">
      <h1 className="sr-only">Uploads</h1>
      <DropZone />
      <Interrupted />
      <SendingStrip />
      <div className="tools">
        <Choice label="Filter by status" options={STATUS_CHOICES} value={status} onChoose={(value) => choose(value, text)} />
        <Search label="Search by file name" value={text} onSearch={(value) => choose(status, value)} testId="job-search" />
      </div>
      {lines.length > 0 && <JobTable lines={lines} more={more} />}
      {listing.phase === "failed" && listing.problem && <ProblemNote problem={listing.problem} again={again} />}
      {listing.phase === "loading" && lines.length === 0 && <Skeleton />}
      {listing.phase === "ready" && lines.length === 0 && (filtered ? <NoMatch onClear={() => choose("", "")} /> : <NoJobs />)}
    </div>
  );
}

function useFilter() {
  const { query: asked } = usePlace();
  const status = asked.get("status") ?? "";
  const text = asked.get("q") ?? "";
  useEffect(() => {
    const statuses = STATUS_CHOICES.find(({ value }) => value === status)?.statuses ?? [];
    const held = feed.listing.get().filter;
    if (held.text !== text || held.statuses.join() !== statuses.join()) feed.filter({ statuses, text });
  }, [status, text]);
  const choose = useCallback((value: string, words: string) => go(location.pathname + query({ status: value, q: words }), "replace"), []);
  return { status, text, choose };
}

function Skeleton() {
  return (
    <div className="skeleton" role="status" aria-label="Loading the history">
      {Array.from({ length: 6 }, (_, n) => <div key={n} />)}
    </div>
  );
}

function NoJobs() {
  return <Empty icon="upload" title="Nothing has been uploaded yet">Drop or choose a file: its journey shows here, live.</Empty>;
}

function NoMatch({ onClear }: { onClear: () => void }) {
  return (
    <Empty icon="search" title="No upload matches">
      <button type="button" className="button" onClick={onClear}>Show all</button>
    </Empty>
  );
}
