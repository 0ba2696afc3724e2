import { useEffect, useRef } from "react";
import { feed } from "../app/live";
import { useFollowed } from "../app/news";
import { go, Link } from "../app/router";
import { checked } from "../ui/checks";
import { useKeptFocus } from "../ui/focus";
import { Icon } from "../ui/Icon";
import { ProblemNote } from "../ui/ProblemNote";
import { Progress } from "../ui/Progress";
import { Toasts } from "../ui/toasts";
import { bytes, duration, moment, sentence } from "../ui/words";
import { useStore } from "../wire/store";
import type { JobDetail } from "../wire/types";
import { StatusChip } from "./JobCells";
import { JobMoves } from "./JobMoves";
import { ended, type Row } from "./jobs";
import { PartGrid } from "./PartGrid";
import { listHref } from "./place";
import { Steps } from "./Steps";
import { triesAgain } from "./words";

const TOGETHER_MS = 120;

/** One job and its steps, over the table it was picked from. */
export function JobDrawer({ id }: { id: string }) {
  const { detail, problem, again } = useDetail(id);
  const row = useStore(feed.jobs).rows.get(id);
  const dialog = useRef<HTMLDialogElement>(null);
  const kept = useKeptFocus(dialog);
  useEffect(() => {
    dialog.current?.showModal();
    return () => {
      if (document.activeElement === document.body) document.getElementById("main")?.focus({ preventScroll: true }); // its row is gone
    };
  }, []);
  const close = () => go(listHref());
  return (
    <dialog ref={dialog} {...kept} tabIndex={-1} className="drawer" onClose={close} aria-labelledby="job-name" data-testid="job-drawer"
      onClick={(event) => event.target === dialog.current && dialog.current.close()}>
      <div className="drawer-body">
        <div className="drawer-top">
          <h2 id="job-name">{row?.original_filename ?? detail?.original_filename ?? "Upload"}</h2>
          <button type="button" className="button quiet square" aria-label="Close" onClick={() => dialog.current?.close()}>
            <Icon name="cross" />
          </button>
        </div>
        {problem && <ProblemNote problem={problem} again={again} />}
        {row && detail && <Journey row={row} detail={detail} onForget={() => dialog.current?.close()} />}
        {!detail && !problem && <p className="muted" role="status">Loading…</p>}
      </div>
      <Toasts />
    </dialog>
  );
}

function Journey({ row, detail, onForget }: { row: Row; detail: JobDetail; onForget: () => void }) {
  return (
    <>
      <div className="drawer-status">
        <StatusChip job={row} />
        {!ended(row.status) && <Progress value={row.progress} label="Progress" />}
      </div>
      {(row.status === "ERROR" || triesAgain(row)) && row.error_message && (
        <div className={row.status === "ERROR" ? "note bad" : "note passing"}>
          <Icon name="warning" />
          <div className="note-body">
            <p className="note-what">{sentence(row.error_message)}</p>
            {row.remedy && <p>{sentence(row.remedy)}</p>}
          </div>
        </div>
      )}
      <div className="drawer-moves">
        {row.asset_id && <Link href={`/assets/${row.asset_id}`} className="button primary">Open {row.duplicate ? "the asset you have" : "asset"} <Icon name="arrow" size={16} /></Link>}
        <JobMoves job={row} wide onForget={onForget} />
      </div>
      <PartGrid job={row} />
      <Steps steps={detail.steps} said={row.status === "ERROR" ? row.error_message : null} />
      <dl className="facts">
        <div><dt>Size</dt><dd>{bytes(row.size)}</dd></div>
        <div><dt>Started</dt><dd>{moment(row.created_at)}</dd></div>
        {row.completed_at && <div><dt>Took</dt><dd>{duration(Date.parse(row.completed_at) - Date.parse(row.created_at))}</dd></div>}
        <div className="wide"><dt>Checked</dt><dd data-testid="job-checked">{checked(detail.verified)}</dd></div>
        {row.cms_id && <div><dt>CMS entry</dt><dd>{row.cms_id}</dd></div>}
        {row.code && <div><dt>Error code</dt><dd><code>{row.code}</code></dd></div>}
        <div className="wide"><dt>Reference</dt><dd><code className="small">{detail.correlation_id}</code></dd></div>
      </dl>
    </>
  );
}

function useDetail(id: string) {
  const { value: detail, ...rest } = useFollowed(
    id, (signal) => feed.detail(id, signal), (fact) => fact.subject.id === id && fact.type !== "job.deleted", TOGETHER_MS,
  );
  return { detail, ...rest };
}
