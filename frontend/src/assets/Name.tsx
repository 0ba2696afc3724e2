import { useEffect, useRef, useState, type FormEvent, type KeyboardEvent } from "react";
import { useMay } from "../access/may";
import { useReturn } from "../ui/focus";
import { Icon } from "../ui/Icon";
import { ProblemNote } from "../ui/ProblemNote";
import { asProblem, type Problem } from "../wire/problem";
import type { AssetDetail } from "../wire/types";
import { editAsset } from "./edit";

const LONGEST = 200;

/** The asset's name, and where it is given another one. */
export function Name({ asset, learn }: { asset: AssetDetail; learn: (asset: AssetDetail) => void }) {
  const [base, setBase] = useState<AssetDetail | null>(null); // as it was when the pen was taken up
  const opener = useRef<HTMLButtonElement>(null);
  const may = useMay("edit_asset") && asset.trashed_at === null;
  useReturn(base !== null, opener);
  if (base) return <Rename base={base} learn={learn} onClose={() => setBase(null)} />;
  return (
    <div className="name">
      <h1 title={asset.name}>{asset.name}</h1>
      {may && (
        <button ref={opener} type="button" className="button quiet square" aria-label="Rename" title="Rename" onClick={() => setBase(asset)} data-testid="rename">
          <Icon name="pencil" size={16} />
        </button>
      )}
    </div>
  );
}

function Rename({ base, learn, onClose }: { base: AssetDetail; learn: (asset: AssetDetail) => void; onClose: () => void }) {
  const [typed, setTyped] = useState(base.name);
  const [read, setRead] = useState(base);
  const [clash, setClash] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.select(), []);
  const save = async () => {
    if (typed.trim() === read.name) return onClose();
    setBusy(true);
    setProblem(null);
    try {
      const answer = await editAsset(read, { name: typed });
      if ("asset" in answer) {
        learn(answer.asset);
        return onClose();
      }
      learn(answer.conflict.now);
      setRead(answer.conflict.now);
      setClash(true);
    } catch (error) {
      setProblem(asProblem(error));
    }
    setBusy(false);
    field.current?.focus();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void save();
  };
  const keys = (event: KeyboardEvent) => event.key === "Escape" && onClose();
  return (
    <form className="name editing" onSubmit={submit} onKeyDown={keys}>
      <h1 className="sr-only">{read.name}</h1>
      <input ref={field} className="field" aria-label="Name" value={typed} maxLength={LONGEST} required onChange={(event) => setTyped(event.target.value)}
        autoComplete="off" spellCheck={false} aria-describedby="name-clash" data-testid="name-field" />
      {!clash && <button type="submit" className="button primary" disabled={busy || typed.trim() === ""} data-testid="name-save">Save</button>}
      {!clash && <button type="button" className="button quiet" onClick={onClose}>Cancel</button>}
      <div id="name-clash" className="wide" role="alert">
        {clash && (
          <div className="clash" data-testid="name-clash">
            <p>Somebody renamed it meanwhile: it is <strong>{read.name}</strong> now.</p>
            <p className="clash-moves">
              <button type="submit" className="button primary" disabled={busy} data-testid="clash-mine">Use “{typed.trim()}”</button>
              <button type="button" className="button" onClick={onClose} data-testid="clash-theirs">Keep “{read.name}”</button>
            </p>
          </div>
        )}
        {problem && <ProblemNote problem={problem} />}
      </div>
    </form>
  );
}
