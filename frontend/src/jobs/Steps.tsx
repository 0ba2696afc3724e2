import { useNow } from "../ui/now";
import { duration, moment, sentence } from "../ui/words";
import type { StepView } from "../wire/types";
import { stepWord } from "./words";

const SECOND_MS = 1_000;

/** The line of steps: where each stands, how long it took, and why it did not, unless that was `said` above. */
export function Steps({ steps, said }: { steps: readonly StepView[]; said: string | null }) {
  const now = useNow(SECOND_MS);
  if (steps.length === 0) return <p className="muted">The steps are known once the file has arrived.</p>;
  return (
    <ol className="steps" aria-label="Steps">
      {steps.map((step) => <Step key={step.name} step={step} said={said} now={now} />)}
    </ol>
  );
}

function Step({ step, said, now }: { step: StepView; said: string | null; now: number }) {
  const { text, tone } = stepWord(step.status);
  return (
    <li className={`step ${tone}`} data-testid="step" data-step={step.name} data-status={step.status}>
      <span className="step-mark" aria-hidden="true" />
      <div className="step-body">
        <div className="step-line">
          <span className="step-title">{step.title}</span>
          <span className="step-word">{text}{took(step, now)}</span>
        </div>
        {step.reason && <p className="muted">{sentence(step.reason)}</p>}
        {step.error_message && step.error_message !== said && step.status !== "DONE" && (
          <p className="bad-text">{sentence(step.error_message)} {step.remedy && <span className="muted">{sentence(step.remedy)}</span>}</p>
        )}
        {step.attempt > 1 && <p className="fine-print">Attempt {step.attempt}</p>}
        {step.status === "READY" && step.not_before && Date.parse(step.not_before) > now && <p className="fine-print">Next attempt at {moment(step.not_before)}</p>}
      </div>
    </li>
  );
}

function took(step: StepView, now: number): string {
  if (!step.started_at || step.status === "READY" || step.status === "WAITING") return "";
  const end = step.ended_at ? Date.parse(step.ended_at) : now;
  return ` · ${duration(Math.max(0, end - Date.parse(step.started_at)))}`;
}
