import { memo, useEffect, useState } from "react";
import { uploads } from "../app/live";
import { Link } from "../app/router";
import { jobHref } from "../jobs/place";
import { Icon, type IconName } from "../ui/Icon";
import { Progress } from "../ui/Progress";
import { bytes, sentence } from "../ui/words";
import { inspect, type Inspected } from "./inspect";
import { isResumable } from "./slices";
import type { Phase, Upload } from "./upload";

const WORDS: Record<Phase, { text: string; tone: string }> = {
  waiting: { text: "Waiting", tone: "idle" },
  sending: { text: "Sending", tone: "run" },
  finishing: { text: "Checking", tone: "run" },
  reconnecting: { text: "Reconnecting", tone: "warn" },
  paused: { text: "Paused", tone: "idle" },
  failed: { text: "Not sent", tone: "bad" },
};

/** The cells of a file that the server has not answered for. */
export const UploadCells = memo(function UploadCells({ upload }: { upload: Upload }) {
  const { path, phase, problem, says, ticket } = upload;
  const { text, tone } = WORDS[phase];
  return (
    <>
      <td role="cell" className="cell-name">
        {ticket?.jobId
          ? <Link href={jobHref(ticket.jobId)} className="file-name" title={path}>{path}</Link>
          : <span className="file-name" title={path}>{path}</span>}
        <span className="sub"><span>{howFar(upload)}</span><Looks upload={upload} /></span>
        {says && <span className="row-note" role="status" data-testid="upload-note">{sentence(says)}</span>}
        {problem && (
          <span className="row-error">
            {sentence(problem.message)} {problem.remedy && <span className="muted">{sentence(problem.remedy)}</span>}
            {problem.correlationId && <code className="fine-print"> {problem.correlationId}</code>}
          </span>
        )}
      </td>
      <td role="cell" className="cell-status">
        <span className={`chip ${tone}`} data-testid="upload-phase">{text}</span>
        <Bar upload={upload} />
      </td>
      <td role="cell" className="cell-when" />
      <td role="cell" className="cell-moves"><Moves upload={upload} /></td>
    </>
  );
});

/** What the file is by its own bytes, and how long it lasts. */
function Looks({ upload: { file } }: { upload: Upload }) {
  const [found, setFound] = useState<Inspected | null>(null);
  useEffect(() => {
    let isHere = true;
    inspect(file).then((said) => isHere && setFound(said), () => undefined); // the queue says that it cannot be read
    return () => {
      isHere = false;
    };
  }, [file]);
  if (!found) return null;
  return (
    <>
      {found.says && <span data-testid="upload-looks">{found.says}</span>}
      {found.odd && <span className="warn-text" data-testid="upload-odd">{found.odd}</span>}
    </>
  );
}

function howFar({ file, phase, sent, stored }: Upload): string {
  const size = bytes(file.size);
  if (phase === "sending" || phase === "reconnecting") return `${bytes(sent)} of ${size}`;
  return stored > 0 && phase !== "finishing" ? `${bytes(stored)} of ${size} are safe` : size;
}

/** What the server has acknowledged, and before it what has left. A small file is acknowledged as a whole. */
function Bar({ upload }: { upload: Upload }) {
  const { file, phase, sent, stored } = upload;
  const label = `Sending ${file.name}`;
  if (phase === "finishing") return <Progress value={null} label={label} />;
  if (phase === "failed" || (phase === "waiting" && stored === 0) || file.size === 0) return null;
  const percent = (count: number) => (100 * count) / file.size;
  return isResumable(upload) ? <Progress value={percent(stored)} ahead={percent(sent)} label={label} /> : <Progress value={percent(sent)} label={label} />;
}

function Moves({ upload }: { upload: Upload }) {
  const { key, file, phase } = upload;
  const first = firstMove(upload); // in one place, so that whoever pressed it keeps the focus
  return (
    <>
      {first && <Move {...first} name={file.name} />}
      <Move icon="cross" text={phase === "failed" ? "Dismiss" : "Cancel"} name={file.name} run={() => uploads.cancel(key)} />
    </>
  );
}

interface Doing {
  icon: IconName;
  text: string;
  run: () => void;
}

function firstMove(upload: Upload): Doing | null {
  const { key, phase } = upload;
  if (phase === "paused") return { icon: "play", text: "Resume", run: () => uploads.resume(key) };
  if (phase === "failed") return { icon: "retry", text: "Send again", run: () => uploads.retry(key) };
  const canPause = phase === "waiting" || (phase !== "finishing" && isResumable(upload));
  return canPause ? { icon: "pause", text: "Pause", run: () => uploads.pause(key) } : null;
}

function Move({ icon, text, name, run }: Doing & { name: string }) {
  return (
    <button type="button" className="button quiet square" onClick={run} aria-label={`${text}: ${name}`} title={text}>
      <Icon name={icon} />
    </button>
  );
}
