import { useEffect } from "react";
import { uploads } from "../app/live";
import { Icon } from "../ui/Icon";
import { Progress } from "../ui/Progress";
import { bytes, duration, many, number } from "../ui/words";
import { useStore } from "../wire/store";
import type { QueueView } from "./view";

/** How far everything together is; nothing when nothing is on its way. */
export function SendingStrip() {
  const view = useStore(uploads.view);
  const busy = view.active + view.waiting + view.paused > 0;
  useEffect(() => {
    if (!busy) return undefined;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", warn);
    return () => window.removeEventListener("beforeunload", warn);
  }, [busy]);
  if (!busy && view.failed === 0) return null;
  return (
    <section className="sending" aria-label="Files on their way" data-testid="sending">
      {busy && <Busy view={view} />}
      {view.failed > 0 && <FailedLine count={view.failed} />}
    </section>
  );
}

function Busy({ view }: { view: QueueView }) {
  const percent = view.bytes === 0 ? 0 : Math.min(100, (100 * view.bytesSent) / view.bytes);
  const isPaused = rests(view);
  return (
    <>
      <div className="sending-line">
        <strong>{isPaused ? "Paused" : view.stalled ? "Waiting for the server" : `Sending ${many(view.files, "file")}`}</strong>
        <span className="muted">{figures(view)}</span>
        <div className="sending-moves">
          {(isPaused || view.paused > 0) && <button type="button" className="button quiet" onClick={() => uploads.resumeAll()}><Icon name="play" size={16} /> Resume all</button>}
          {!isPaused && <button type="button" className="button quiet" onClick={() => uploads.pauseAll()}><Icon name="pause" size={16} /> Pause all</button>}
          <button type="button" className="button quiet" onClick={() => uploads.cancelAll()}>Cancel all</button>
        </div>
      </div>
      <Progress value={view.stalled && !isPaused ? null : percent} label="All files on their way" />
      {view.litter > 0 && <p className="fine-print">Left out {many(view.litter, "system file")} such as .DS_Store.</p>}
    </>
  );
}

function rests(view: QueueView): boolean {
  return view.active === 0 && (view.resting || view.waiting === 0);
}

function figures(view: QueueView): string {
  const parts = [`${number(view.filesDone)} done`, `${bytes(view.bytesSent)} of ${bytes(view.bytes)}`];
  if (rests(view)) return parts.join(" · ");
  if (view.stalled) return [...parts, "goes on by itself"].join(" · ");
  if (view.rate) parts.push(`${bytes(view.rate)}/s`, `${duration(((view.bytes - view.bytesSent) * 1000) / view.rate)} left`);
  return parts.join(" · ");
}

function FailedLine({ count }: { count: number }) {
  return (
    <div className="sending-line">
      <span className="bad-text"><Icon name="warning" size={16} /> {many(count, "file")} could not be sent</span>
      <button type="button" className="button quiet" onClick={() => uploads.retryFailed()}>Try {count === 1 ? "it" : "all"} again</button>
      <button type="button" className="button quiet" onClick={() => uploads.dismissFailed()}>Dismiss</button>
    </div>
  );
}
