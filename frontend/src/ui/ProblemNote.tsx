import type { Problem } from "../wire/problem";
import { Icon } from "./Icon";
import { sentence } from "./words";

/** What went wrong, what to do, and small print for whoever reads the log. */
export function ProblemNote({ problem, again, testId }: { problem: Problem; again?: (() => void) | undefined; testId?: string }) {
  return (
    <div className="note bad" role="alert" data-testid={testId}>
      <Icon name="warning" />
      <div className="note-body">
        <p className="note-what">{sentence(problem.message)}</p>
        {problem.remedy && <p>{sentence(problem.remedy)}</p>}
        {problem.correlationId && (
          <p className="fine-print">
            Reference <code>{problem.correlationId}</code>
          </p>
        )}
      </div>
      {again && (
        <button type="button" className="button" onClick={again}>
          <Icon name="retry" size={16} /> Try again
        </button>
      )}
    </div>
  );
}
