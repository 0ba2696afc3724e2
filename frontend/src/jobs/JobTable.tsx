import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useLayoutEffect, useRef, useState, type MouseEvent } from "react";
import { go } from "../app/router";
import { feed } from "../app/live";
import { useKeptFocus } from "../ui/focus";
import { PHONE, useMedia } from "../ui/media";
import { useNow } from "../ui/now";
import { many } from "../ui/words";
import { UploadCells } from "../uploads/UploadCells";
import type { Upload } from "../uploads/upload";
import { JobCells } from "./JobCells";
import type { Row } from "./jobs";
import { jobHref } from "./place";

export interface Line {
  key: string;
  job?: Row;
  upload?: Upload;
  more?: number;
}

const ROW = 64;
const PHONE_ROW = 108;
const NEAR_END = 20;
const MINUTE_MS = 30_000;

/** All lines, of which only those near the window exist. Roles are said aloud: the phone layout takes them from the tags. */
export function JobTable({ lines, more }: { lines: readonly Line[]; more: () => void }) {
  const now = useNow(MINUTE_MS);
  const phone = useMedia(PHONE);
  const table = useRef<HTMLTableElement>(null);
  const kept = useKeptFocus(table);
  const [top, setTop] = useState(0);
  // What stands above the table comes and goes; the virtualiser has to know where it starts.
  useLayoutEffect(() => {
    const found = table.current ? Math.round(table.current.getBoundingClientRect().top + window.scrollY) : 0;
    if (found !== top) setTop(found);
  });
  const virtual = useWindowVirtualizer({
    count: lines.length,
    estimateSize: () => (phone ? PHONE_ROW : ROW),
    getItemKey: (index) => lines[index]?.key ?? index,
    overscan: 8,
    scrollMargin: top,
  });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;

  useEffect(() => {
    feed.hydrate(items.flatMap(({ index }) => lines[index]?.job?.id ?? []));
    if (last >= lines.length - NEAR_END) more();
  });

  const before = (items[0]?.start ?? top) - top;
  const after = virtual.getTotalSize() - ((items.at(-1)?.end ?? top) - top);
  return (
    <table className="jobs" role="table" aria-label="Uploads, newest first" aria-rowcount={lines.length + 1} ref={table} {...kept}>
      <thead role="rowgroup">
        <tr role="row">
          <th role="columnheader" scope="col">File</th>
          <th role="columnheader" scope="col">Status</th>
          <th role="columnheader" scope="col">Started</th>
          <th role="columnheader" scope="col"><span className="sr-only">Actions</span></th>
        </tr>
      </thead>
      <tbody role="rowgroup">
        {before > 0 && <tr aria-hidden="true" className="space"><td colSpan={4} style={{ height: before }} /></tr>}
        {items.map(({ index, key }) => {
          const line = lines[index];
          if (!line) return null;
          const { job } = line;
          return (
            <tr key={key} ref={virtual.measureElement} data-index={index} role="row" aria-rowindex={index + 2}
              data-testid={job ? "job-row" : line.upload ? "upload-row" : undefined} data-job-id={job?.id} data-status={job?.status ?? line.upload?.phase}
              onClick={job && ((event) => openFromRow(event, job.id))}>
              {job && <JobCells job={job} now={now} />}
              {line.upload && <UploadCells upload={line.upload} />}
              {line.more && <td role="cell" colSpan={4} className="more-waiting">and {many(line.more, "more file")} waiting</td>}
            </tr>
          );
        })}
        {after > 0 && <tr aria-hidden="true" className="space"><td colSpan={4} style={{ height: after }} /></tr>}
      </tbody>
    </table>
  );
}

/** A click anywhere on a row opens it, like its link does, unless it was meant for a control or marks text. */
function openFromRow(event: MouseEvent<HTMLTableRowElement>, jobId: string): void {
  const onControl = (event.target as Element).closest("a, button");
  if (!onControl && !window.getSelection()?.toString()) go(jobHref(jobId));
}
