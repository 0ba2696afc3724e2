import { memo } from "react";
import { uploads } from "../app/live";
import { Icon } from "../ui/Icon";
import { Progress } from "../ui/Progress";
import { bytes, sentence } from "../ui/words";
import type { Upload } from "./queue";

const WORDS = { waiting: "Waiting", sending: "Sending", finishing: "Checking", failed: "Not sent" };

/** The cells of a file that the server has not answered for. */
export const UploadCells = memo(function UploadCells({ upload }: { upload: Upload }) {
  const { file, path, phase, sent, problem } = upload;
  const percent = file.size === 0 ? 0 : (100 * sent) / file.size;
  return (
    <>
      <td role="cell" className="cell-name">
        <span className="file-name" title={path}>{path}</span>
        <span className="sub">{phase === "sending" ? `${bytes(sent)} of ${bytes(file.size)}` : bytes(file.size)}</span>
        {problem && (
          <span className="row-error">
            {sentence(problem.message)} {problem.remedy && <span className="muted">{sentence(problem.remedy)}</span>}
            {problem.correlationId && <code className="fine-print"> {problem.correlationId}</code>}
          </span>
        )}
      </td>
      <td role="cell" className="cell-status">
        <span className={`chip ${phase === "failed" ? "bad" : phase === "waiting" ? "idle" : "run"}`}>{WORDS[phase]}</span>
        {(phase === "sending" || phase === "finishing") && (
          <Progress value={phase === "finishing" ? null : percent} label={`Sending ${file.name}`} />
        )}
      </td>
      <td role="cell" className="cell-when" />
      <td role="cell" className="cell-moves">
        {phase === "failed" && (
          <button type="button" className="button quiet square" onClick={() => uploads.retry(upload.key)} aria-label={`Send ${file.name} again`} title="Send again">
            <Icon name="retry" />
          </button>
        )}
        <button type="button" className="button quiet square" onClick={() => uploads.cancel(upload.key)} aria-label={`${phase === "failed" ? "Dismiss" : "Cancel"} ${file.name}`} title={phase === "failed" ? "Dismiss" : "Cancel"}>
          <Icon name="cross" />
        </button>
      </td>
    </>
  );
});
