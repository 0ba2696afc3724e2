import { useEffect } from "react";
import { uploads } from "../app/live";
import { Icon, type IconName } from "../ui/Icon";
import { Progress } from "../ui/Progress";
import { bytes, many, number } from "../ui/words";
import { useStore } from "../wire/store";
import { pace } from "./pace";
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
  if (!busy && view.failed + view.before === 0) return null;
  return (
    <section className="sending" aria-label="Files on their way" data-testid="sending">
      {busy && <Busy view={view} />}
      {view.before > 0 && <BeforeLine count={view.before} isOver={!busy} />}
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
        <span className="figures">{figures(view).map((said, place) => <span key={place}>{said}</span>)}</span>
        <div className="sending-moves">
          {!isPaused && view.paused > 0 && <All icon="play" text="Resume all" run={() => uploads.resumeAll()} />}
          {isPaused ? <All icon="play" text="Resume all" run={() => uploads.resumeAll()} /> : <All icon="pause" text="Pause all" run={() => uploads.pauseAll()} />}
          <button type="button" className="button quiet" onClick={() => uploads.cancelAll()}>Cancel all</button>
        </div>
      </div>
      <Progress value={view.stalled && !isPaused ? null : percent} label="All files on their way" />
      {view.litter > 0 && <p className="fine-print">Left out {many(view.litter, "system file")} such as .DS_Store.</p>}
    </>
  );
}

/** One button that changes, not two: whoever pressed it keeps the focus. */
function All({ icon, text, run }: { icon: IconName; text: string; run: () => void }) {
  return <button type="button" className="button quiet" onClick={run}><Icon name={icon} size={16} /> {text}</button>;
}

function rests(view: QueueView): boolean {
  return view.active === 0 && (view.resting || view.waiting === 0);
}

function figures(view: QueueView): string[] {
  const parts = [`${bytes(view.bytesSent)} of ${bytes(view.bytes)}`];
  if (view.files > 1) parts.unshift(`${number(view.filesDone)} done`);
  if (rests(view)) return parts;
  return view.stalled ? [...parts, "goes on by itself"] : [...parts, ...pace(view)];
}

/** It stays until it has been read: where everything was there, nothing else says that the drop was taken. */
function BeforeLine({ count, isOver }: { count: number; isOver: boolean }) {
  return (
    <div className="sending-line" data-testid="sent-before">
      <span className="muted" role="status">{many(count, "file")} {count === 1 ? "was" : "were"} here already, not sent again</span>
      {isOver && (
        <div className="sending-moves">
          <button type="button" className="button quiet" onClick={() => uploads.dismissBefore()}>Dismiss</button>
        </div>
      )}
    </div>
  );
}

function FailedLine({ count }: { count: number }) {
  return (
    <div className="sending-line">
      <span className="bad-text"><Icon name="warning" size={16} /> {many(count, "file")} could not be sent</span>
      <div className="sending-moves">
        <button type="button" className="button quiet" onClick={() => uploads.retryFailed()}>Try {count === 1 ? "it" : "all"} again</button>
        <button type="button" className="button quiet" onClick={() => uploads.dismissFailed()}>Dismiss</button>
      </div>
    </div>
  );
}
