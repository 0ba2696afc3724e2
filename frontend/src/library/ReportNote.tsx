import { useMay } from "../access/may";
import { Icon } from "../ui/Icon";
import { many, sentence } from "../ui/words";
import type { Report } from "./bulk";
import type { BulkAction } from "./types";

const DONE: Record<BulkAction, string> = { tag: "tagged", untag: "untagged", trash: "moved to the trash", restore: "restored", purge: "deleted for good" };
const SHOWN = 20;

interface Props {
  report: Report;
  nameOf: (id: string) => string;
  onUndo: (done: readonly string[]) => void;
  onClose: () => void;
}

/** How it ended, with each one that failed and why. */
export function ReportNote({ report, nameOf, onUndo, onClose }: Props) {
  const { action, done, failed, stopped } = report;
  const mayRestore = useMay("restore_asset");
  const isWell = failed.length === 0 && stopped === null;
  return (
    <div className={isWell ? "report" : "report bad"} role={isWell ? "status" : "alert"} data-testid="bulk-report">
      <div className="report-top">
        <p>
          <strong>{many(done.length, "asset")} {DONE[action]}</strong>
          {failed.length > 0 && `, ${many(failed.length, "asset")} not`}
          {stopped && `, ${many(report.asked - done.length - failed.length, "asset")} left`}.
        </p>
        {action === "trash" && mayRestore && done.length > 0 && <button type="button" className="button" onClick={() => onUndo(done)}>Undo</button>}
        <button type="button" className="button quiet square" aria-label="Close" onClick={onClose}><Icon name="cross" size={16} /></button>
      </div>
      {stopped && <p>{sentence(stopped.message)} {stopped.remedy && sentence(stopped.remedy)} What is left is still selected.</p>}
      {failed.length > 0 && (
        <ul>
          {failed.slice(0, SHOWN).map(({ id, problem }) => (
            <li key={id}><strong>{nameOf(id)}</strong>: {sentence(problem.message)} {problem.remedy && sentence(problem.remedy)}</li>
          ))}
          {failed.length > SHOWN && <li>and {many(failed.length - SHOWN, "more asset")}; they are still selected.</li>}
        </ul>
      )}
    </div>
  );
}
