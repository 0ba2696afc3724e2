import { useEffect } from "react";
import { arrivals, feed, uploads } from "../app/live";
import { Link } from "../app/router";
import { jobHref } from "../jobs/place";
import { Icon, type IconName } from "../ui/Icon";
import { ProblemNote } from "../ui/ProblemNote";
import { Progress } from "../ui/Progress";
import { bytes, sentence } from "../ui/words";
import { isResumable } from "../uploads/slices";
import type { Upload } from "../uploads/upload";
import { useStore } from "../wire/store";
import type { AssetDetail } from "../wire/types";
import type { Arrival } from "./arrivals";

const NONE: readonly Arrival[] = [];

/** The next versions of this asset on their way from this window: the bytes, then what is made of them. */
export function Arriving({ asset, shown, onShow }: { asset: AssetDetail; shown: number; onShow: () => void }) {
  const sending = useStore(uploads.view).rows.filter(({ target }) => target?.id === asset.id);
  const arrived = useStore(arrivals.store).get(asset.id) ?? NONE;
  if (sending.length + arrived.length === 0) return null;
  return (
    <section className="arriving" aria-label="New versions on their way" data-testid="arriving">
      {sending.map((upload) => <Sending key={upload.key} upload={upload} />)}
      {arrived.map((arrival) => <Arrived key={arrival.jobId} arrival={arrival} asset={asset} shown={shown} onShow={onShow} />)}
    </section>
  );
}

const WORDS = { waiting: "Waiting", sending: "Sending", finishing: "Checking", reconnecting: "Reconnecting", paused: "Paused", failed: "Not sent" };

function Sending({ upload }: { upload: Upload }) {
  const { key, file, phase, sent, stored, problem, target } = upload;
  const percent = (count: number) => (file.size === 0 ? 0 : (100 * count) / file.size);
  const canPause = phase === "waiting" || (phase !== "finishing" && isResumable(upload));
  return (
    <div className="arrival" data-testid="version-sending" data-phase={phase}>
      <div className="arrival-line">
        <span className="arrival-what"><strong className="break">{file.name}</strong>{target?.note && <span className="muted"> {target.note}</span>}</span>
        <span className="figures">{WORDS[phase]} <span className="muted">{bytes(phase === "paused" ? stored : sent)} of {bytes(file.size)}</span></span>
        <span className="arrival-moves">
          {phase === "paused" && <Move icon="play" text="Resume" run={() => uploads.resume(key)} />}
          {phase === "failed" && <Move icon="retry" text="Send again" run={() => uploads.retry(key)} />}
          {phase !== "paused" && phase !== "failed" && canPause && <Move icon="pause" text="Pause" run={() => uploads.pause(key)} />}
          <Move icon="cross" text={phase === "failed" ? "Dismiss" : "Cancel"} run={() => uploads.cancel(key)} />
        </span>
      </div>
      {problem ? <ProblemNote problem={problem} /> : <Progress value={phase === "finishing" ? null : percent(stored)} ahead={phase === "finishing" ? null : percent(sent)} label={`Sending ${file.name}`} />}
    </div>
  );
}

function Arrived({ arrival: { jobId }, asset, shown, onShow }: { arrival: Arrival; asset: AssetDetail; shown: number; onShow: () => void }) {
  const job = useStore(feed.jobs).rows.get(jobId);
  const status = job?.status;
  const isHere = status === "COMPLETE" && asset.current_version === shown;
  const drop = () => arrivals.drop(asset.id, jobId);
  useEffect(() => {
    if (isHere || status === "CANCELLED") drop(); // it is what is looked at, or nobody wants it
  });
  useEffect(() => {
    if (status !== undefined) feed.hydrate([jobId]);
  }, [jobId, status, job?.revision]);
  if (isHere || status === "CANCELLED") return null;
  if (status === "COMPLETE") {
    return (
      <div className="arrival" role="status" data-testid="version-here">
        <div className="arrival-line">
          <span className="arrival-what"><Icon name="check" size={16} /> Version {asset.current_version} is here.</span>
          <span className="arrival-moves">
            <button type="button" className="button primary" onClick={() => (drop(), onShow())} data-testid="version-show">Show it</button>
            <Move icon="cross" text="Dismiss" run={drop} />
          </span>
        </div>
      </div>
    );
  }
  if (status === "ERROR") {
    return (
      <div className="arrival" role="alert" data-testid="version-failed">
        <div className="arrival-line">
          <span className="arrival-what bad-text"><Icon name="warning" size={16} /> {sentence(job?.error_message ?? "It could not be made a version")}</span>
          <span className="arrival-moves">
            <Link href={jobHref(jobId)} className="button">Look at the job</Link>
            <Move icon="cross" text="Dismiss" run={drop} />
          </span>
        </div>
        {job?.remedy && <p className="muted">{sentence(job.remedy)}</p>}
      </div>
    );
  }
  return (
    <div className="arrival" data-testid="version-working">
      <div className="arrival-line">
        <span className="arrival-what"><strong className="break">{job?.original_filename ?? "The file"}</strong></span>
        <span className="figures">It has arrived <span className="muted">and is being read</span></span>
      </div>
      <Progress value={job?.progress ?? null} label="Making the version" />
    </div>
  );
}

/** One button that changes keeps the focus of whoever pressed it. */
function Move({ icon, text, run }: { icon: IconName; text: string; run: () => void }) {
  return <button type="button" className="button quiet square" onClick={run} aria-label={text} title={text}><Icon name={icon} size={16} /></button>;
}
