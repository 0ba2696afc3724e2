import type { ReactNode } from "react";
import { Icon } from "../ui/Icon";
import type { Problem } from "../wire/problem";
import type { Words } from "./refusals";

/** Keeps its place in the form, so that screen readers hear what appears in it. */
export function Refusal({ problem, words, children }: { problem: Problem | null; words: (problem: Problem) => Words; children?: ReactNode }) {
  return <div role="alert" className="form-problem">{problem && <Said problem={problem} words={words(problem)}>{children}</Said>}</div>;
}

function Said({ problem, words, children }: { problem: Problem; words: Words; children?: ReactNode }) {
  return (
    <div className="note bad" data-testid="signin-error">
      <Icon name="warning" />
      <div className="note-body">
        <p className="note-what">{words.what}</p>
        {words.remedy && <p>{words.remedy}</p>}
        {children}
        {problem.status >= 500 && problem.correlationId && <p className="fine-print">Reference <code>{problem.correlationId}</code></p>}
      </div>
    </div>
  );
}
