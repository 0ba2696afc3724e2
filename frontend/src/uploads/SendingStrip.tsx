import { useEffect } from "react";
import { uploads } from "../app/live";
import { Icon } from "../ui/Icon";
import { Progress } from "../ui/Progress";
import { bytes, duration, many, number } from "../ui/words";
import { useStore } from "../wire/store";
import type { QueueView } from "./queue";

/** How far everything together is; nothing when nothing is on its way. */
export function SendingStrip() {
  const view = useStore(uploads.view);
  const busy = view.active + view.waiting > 0;
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
  return (
    <>
      <div className="sending-line">
        <strong>{view.stalled ? "Waiting for the server" : `Sending ${many(view.files, "file")}`}</strong>
        <span className="muted">{figures(view)}</span>
        <button type="button" className="button quiet" onClick={() => uploads.cancelAll()}>Cancel all</button>
      </div>
      <Progress value={view.stalled ? null : percent} label="All files on their way" />
      {view.litter > 0 && <p className="fine-print">Left out {many(view.litter, "system file")} such as .DS_Store.</p>}
    </>
  );
}

function figures(view: QueueView): string {
  const parts = [`${number(view.filesDone)} done`, `${bytes(view.bytesSent)} of ${bytes(view.bytes)}`];
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
