import { useState } from "react";
import { ROLE_NAMES, ROLES, type Role } from "../access/roles";
import { Dialog } from "../ui/Dialog";
import { ProblemNote } from "../ui/ProblemNote";
import { useSending } from "../ui/sending";
import { get, put } from "../wire/http";
import { Problem } from "../wire/problem";
import type { Policy } from "./types";

const APPROVERS = ROLES.filter((role) => role !== "ARTIST");
const MOST = 20;

/** What makes a version approved in this studio. */
export function PolicyDialog({ policy, onDone }: { policy: Policy; onDone: () => void }) {
  const [read, setRead] = useState(policy);
  const [wanted, setWanted] = useState(policy);
  const { busy, problem, send } = useSending();
  const save = () => send(async () => {
    const { approvers, not_own } = wanted;
    const needs = Object.fromEntries(Object.entries(wanted.needs).filter(([role, count]) => count > 0 && (role === "any" || approvers.includes(role))));
    try {
      await put<Policy>("/approval-policy", { approvers, needs, not_own }, read);
      onDone();
    } catch (error) {
      if (error instanceof Problem && error.status === 412) setRead(await get<Policy>("/approval-policy"));
      throw error;
    }
  });
  const choose = (role: Role, isOne: boolean) =>
    setWanted({ ...wanted, approvers: isOne ? [...wanted.approvers, role] : wanted.approvers.filter((each) => each !== role) });
  const need = (role: string, count: number) => setWanted({ ...wanted, needs: { ...wanted.needs, [role]: Math.max(0, Math.min(MOST, Math.floor(count) || 0)) } });
  return (
    <Dialog title="What counts as approved" onClose={onDone} onSubmit={save} testId="policy-dialog">
      <p className="muted small">For the whole studio, at once, and for versions with verdicts too.</p>
      <Count label="Approvals in all" value={wanted.needs["any"] ?? 0} onCount={(count) => need("any", count)} />
      <fieldset className="policy">
        <legend>Whose word counts, and how many of each at least</legend>
        {APPROVERS.map((role) => (
          <div key={role} className="policy-row">
            <label><input type="checkbox" checked={wanted.approvers.includes(role)} onChange={(event) => choose(role, event.target.checked)} /> {ROLE_NAMES[role]}s</label>
            {wanted.approvers.includes(role) && <Count label={`At least, of ${role.toLowerCase()}s`} hidden value={wanted.needs[role] ?? 0} onCount={(count) => need(role, count)} />}
          </div>
        ))}
      </fieldset>
      <label><input type="checkbox" checked={wanted.not_own} onChange={(event) => setWanted({ ...wanted, not_own: event.target.checked })} /> Nobody approves what they brought themselves</label>
      {problem && <ProblemNote problem={problem} />}
      <div className="form-moves">
        <button type="button" className="button" onClick={onDone}>Cancel</button>
        <button type="submit" className="button primary" disabled={busy} data-testid="policy-save">Save</button>
      </div>
    </Dialog>
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
