import { useId, useRef, useState } from "react";
import { useMay } from "../access/may";
import { Icon } from "../ui/Icon";
import { ProblemNote } from "../ui/ProblemNote";
import { asProblem, type Problem } from "../wire/problem";
import type { AssetDetail } from "../wire/types";
import { changed, fieldsOf, mistakes, written, type Field } from "./fields";
import { editAsset, type Conflict } from "./edit";
import { Facts } from "./Facts";

/** What people say of an asset in fields of their own. */
export function Custom({ asset, learn }: { asset: AssetDetail; learn: (asset: AssetDetail) => void }) {
  const [base, setBase] = useState<AssetDetail | null>(null);
  const may = useMay("edit_asset") && asset.trashed_at === null;
  const isEmpty = Object.keys(asset.custom).length === 0;
  if (isEmpty && !may) return null;
  return (
    <section className="block" aria-labelledby="custom">
      <div className="block-top">
        <h2 id="custom">Custom fields</h2>
        {may && !base && <button type="button" className="button quiet" onClick={() => setBase(asset)} data-testid="custom-edit"><Icon name="pencil" size={16} /> Edit</button>}
      </div>
      {base
        ? <Form base={base} learn={learn} onClose={() => setBase(null)} />
        : isEmpty ? <p className="muted">None yet. Give it what your studio needs to know: a sequence, a vendor, a licence.</p> : <Facts facts={asset.custom} />}
    </section>
  );
}

interface Row extends Field {
  id: number;
}

function Form({ base, learn, onClose }: { base: AssetDetail; learn: (asset: AssetDetail) => void; onClose: () => void }) {
  const [rows, setRows] = useState<Row[]>(() => [...fieldsOf(base.custom), ...(Object.keys(base.custom).length === 0 ? [{ key: "", text: "" }] : [])].map((field, id) => ({ ...field, id })));
  const ids = useRef(rows.length);
  const [read, setRead] = useState(base);
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [clash, setClash] = useState<Conflict | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const wrong = mistakes(rows);
  const put = (id: number, over: Partial<Field>) => setRows(rows.map((row) => (row.id === id ? { ...row, ...over } : row)));
  const save = async (from: AssetDetail) => {
    setTried(true);
    if (wrong.size > 0) return;
    setBusy(true);
    setProblem(null);
    try {
      const answer = await editAsset(from, { custom: changed(read.custom, rows) });
      if ("asset" in answer) {
        learn(answer.asset);
        return onClose();
      }
      learn(answer.conflict.now);
      setClash(answer.conflict);
    } catch (error) {
      setProblem(asProblem(error));
    }
    setBusy(false);
  };
  const takeTheirs = (conflict: Conflict) => {
    setClash(null);
    setRead(conflict.now);
    setRows(fieldsOf(conflict.now.custom).map((field) => ({ ...field, id: ids.current++ })));
  };
  return (
    <form className="custom" noValidate onSubmit={(event) => (event.preventDefault(), void save(read))} data-testid="custom-form">
      {rows.map((row, place) => (
        <Line key={row.id} row={row} wrong={tried ? (wrong.get(place) ?? null) : null} isNew={row.id >= rows.length && row.key === ""}
          put={(over) => put(row.id, over)} drop={() => setRows(rows.filter(({ id }) => id !== row.id))} />
      ))}
      <button type="button" className="button quiet" onClick={() => setRows([...rows, { key: "", text: "", id: ids.current++ }])} data-testid="custom-add"><Icon name="plus" size={16} /> Add a field</button>
      <div role="alert">
        {clash && <Clash conflict={clash} mine={() => void save(clash.now)} theirs={() => takeTheirs(clash)} />}
        {problem && <ProblemNote problem={problem} />}
      </div>
      {!clash && (
        <div className="form-moves">
          <button type="button" className="button" onClick={onClose}>Cancel</button>
          <button type="submit" className="button primary" disabled={busy} data-testid="custom-save">Save</button>
        </div>
      )}
    </form>
  );
}

function Line({ row, wrong, isNew, put, drop }: { row: Row; wrong: string | null; isNew: boolean; put: (over: Partial<Field>) => void; drop: () => void }) {
  const said = useId();
  return (
    <div className="custom-row" data-testid="custom-row">
      <input className="field" aria-label="Field" placeholder="Field" value={row.key} maxLength={200} onChange={(event) => put({ key: event.target.value })}
        aria-invalid={wrong !== null} aria-describedby={said} autoFocus={isNew} autoComplete="off" spellCheck={false} />
      <input className="field" aria-label={`Value of ${row.key || "the new field"}`} placeholder="Value" value={row.text} onChange={(event) => put({ text: event.target.value })}
        aria-invalid={wrong !== null} aria-describedby={said} autoComplete="off" spellCheck={false} />
      <button type="button" className="button quiet square" aria-label={`Remove ${row.key || "the new field"}`} title="Remove" onClick={drop}><Icon name="cross" size={16} /></button>
      <p id={said} className="field-wrong small">{wrong}</p>
    </div>
  );
}

/** Somebody else wrote the same fields meanwhile: what they say now, and what would be said instead. */
function Clash({ conflict: { change, now }, mine, theirs }: { conflict: Conflict; mine: () => void; theirs: () => void }) {
  return (
    <div className="clash" data-testid="custom-clash">
      <p>Somebody changed these fields meanwhile:</p>
      <table className="differences">
        <thead><tr><th scope="col">Field</th><th scope="col">Is now</th><th scope="col">Yours</th></tr></thead>
        <tbody>
          {Object.entries(change.custom ?? {}).map(([key, value]) => (
            <tr key={key}><th scope="row">{key}</th><td>{key in now.custom ? written(now.custom[key]) : <Gone />}</td><td>{value === null ? <Gone /> : written(value)}</td></tr>
          ))}
        </tbody>
      </table>
      <p className="clash-moves">
        <button type="button" className="button primary" onClick={mine} data-testid="clash-mine">Use mine</button>
        <button type="button" className="button" onClick={theirs} data-testid="clash-theirs">Go on from theirs</button>
      </p>
    </div>
  );
}

function Gone() {
  return <span className="muted">not there</span>;
}
