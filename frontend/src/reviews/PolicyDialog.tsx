import { useEffect, useRef, useState, type FormEvent } from "react";
import { ProblemNote } from "../ui/ProblemNote";
import { get, put } from "../wire/http";
import { asProblem, Problem } from "../wire/problem";
import type { Policy } from "./types";

const APPROVERS = ["DIRECTOR", "PRODUCER", "ADMIN"];
const MOST = 20;

/** What makes a version approved in this studio. */
export function PolicyDialog({ policy, onDone }: { policy: Policy; onDone: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [read, setRead] = useState(policy);
  const [wanted, setWanted] = useState(policy);
  const [problem, setProblem] = useState<Problem | null>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const save = async (event: FormEvent) => {
    event.preventDefault();
    const { approvers, not_own } = wanted;
    const needs = Object.fromEntries(Object.entries(wanted.needs).filter(([role, count]) => count > 0 && (role === "any" || approvers.includes(role))));
    try {
      await put<Policy>("/approval-policy", { approvers, needs, not_own }, read);
      dialog.current?.close();
    } catch (error) {
      setProblem(asProblem(error));
      if (error instanceof Problem && error.status === 412) setRead(await get<Policy>("/approval-policy"));
    }
  };
  const choose = (role: string, isOne: boolean) =>
    setWanted({ ...wanted, approvers: isOne ? [...wanted.approvers, role] : wanted.approvers.filter((each) => each !== role) });
  const need = (role: string, count: number) => setWanted({ ...wanted, needs: { ...wanted.needs, [role]: Math.max(0, Math.min(MOST, Math.floor(count) || 0)) } });
  return (
    <dialog ref={dialog} className="review-dialog" aria-labelledby="policy-title" onClose={onDone} data-testid="policy-dialog">
      <form onSubmit={(event) => void save(event)}>
        <h2 id="policy-title">What counts as approved</h2>
        <p className="muted small">For the whole studio, at once, and for versions with verdicts too.</p>
        <Count label="Approvals in all" value={wanted.needs["any"] ?? 0} onCount={(count) => need("any", count)} />
        <fieldset>
          <legend>Whose word counts, and how many of each at least</legend>
          {APPROVERS.map((role) => (
            <div key={role} className="policy-row">
              <label><input type="checkbox" checked={wanted.approvers.includes(role)} onChange={(event) => choose(role, event.target.checked)} /> {role.charAt(0) + role.slice(1).toLowerCase()}s</label>
              {wanted.approvers.includes(role) && <Count label={`At least, of ${role.toLowerCase()}s`} hidden value={wanted.needs[role] ?? 0} onCount={(count) => need(role, count)} />}
            </div>
          ))}
        </fieldset>
        <label className="policy-own"><input type="checkbox" checked={wanted.not_own} onChange={(event) => setWanted({ ...wanted, not_own: event.target.checked })} /> Nobody approves what they brought themselves</label>
        {problem && <ProblemNote problem={problem} />}
        <div className="composer-row">
          <button type="button" className="button quiet" onClick={() => dialog.current?.close()}>Cancel</button>
          <button type="submit" className="button primary" data-testid="policy-save">Save</button>
        </div>
      </form>
    </dialog>
  );
}

function Count({ label, value, onCount, hidden = false }: { label: string; value: number; onCount: (count: number) => void; hidden?: boolean }) {
  return (
    <label className="policy-count">
      <span className={hidden ? "sr-only" : undefined}>{label}</span>
      <input className="field" type="number" min={0} max={MOST} value={value} onChange={(event) => onCount(Number(event.target.value))} />
    </label>
  );
}
