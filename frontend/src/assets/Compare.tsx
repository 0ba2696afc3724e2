import { useEffect, useState } from "react";
import { ProblemNote } from "../ui/ProblemNote";
import { bytes, label, many } from "../ui/words";
import { asProblem, type Problem } from "../wire/problem";
import { attempt } from "../ui/toasts";
import type { AssetDetail } from "../wire/types";
import { factsAt } from "./factsAt";
import type { Comparison, EntryChange, EntryState } from "./types";
import { compare, useCompared } from "./useAsset";
import { Value } from "./values";

/** Two versions side by side: what differs first, and what is the same for those who ask. */
export function Compare({ asset, shown }: { asset: AssetDetail; shown: number }) {
  const [pair, setPair] = useState(() => firstPair(shown, asset.latest_version));
  const [asked, setAsked] = useState<[number, number] | null>(null);
  const put = (place: 0 | 1, number: number) => setPair(place === 0 ? [number, pair[1]] : [pair[0], number]);
  return (
    <section className="block" aria-labelledby="compare">
      <h2 id="compare">Compare</h2>
      <form className="tools" onSubmit={(event) => (event.preventDefault(), setAsked(pair))}>
        <Pick asset={asset} name="From" value={pair[0]} onPick={(number) => put(0, number)} />
        <Pick asset={asset} name="to" value={pair[1]} onPick={(number) => put(1, number)} />
        <button type="submit" className="button" disabled={pair[0] === pair[1]} data-testid="compare">Compare</button>
      </form>
      {asked && <Result key={asked.join()} asset={asset} a={asked[0]} b={asked[1]} />}
    </section>
  );
}

/** The version that is looked at with the one before it, or the first with the second. */
export function firstPair(shown: number, latest: number): [number, number] {
  const b = Math.min(Math.max(shown, 2), latest);
  return [b - 1, b];
}

function Pick({ asset, name, value, onPick }: { asset: AssetDetail; name: string; value: number; onPick: (number: number) => void }) {
  const numbers = new Set([...asset.versions.map(({ number }) => number), value]);
  return (
    <label className="pick"><span>{name}</span>
      <select value={value} onChange={(event) => onPick(Number(event.target.value))} data-testid={`compare-${name.toLowerCase()}`}>
        {[...numbers].map((number) => <option key={number} value={number}>Version {number}{number === asset.current_version ? " (current)" : ""}</option>)}
      </select>
    </label>
  );
}

function Result({ asset, a, b }: { asset: AssetDetail; a: number; b: number }) {
  const [compared, setCompared] = useState<Comparison | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    let isHere = true;
    compare(asset.id, a, b).then(
      (answer) => isHere && (setCompared(answer), setProblem(null)),
      (error: unknown) => isHere && setProblem(asProblem(error)),
    );
    return () => {
      isHere = false;
    };
  }, [asset.id, a, b, turn]);
  if (problem) return <ProblemNote problem={problem} again={() => setTurn(turn + 1)} />;
  if (!compared) return <p className="muted" role="status">Comparing…</p>;
  const more = () => attempt(async () => {
    const { entries } = await compare(asset.id, a, b, 100, compared.entries.next_cursor ?? "");
    setCompared({ ...compared, entries: { ...entries, items: [...compared.entries.items, ...entries.items] } });
  });
  return (
    <div className="compared" data-testid="compared">
      {compared.same_content && <p role="status">Both are the same file, byte for byte.</p>}
      <FactTable asset={asset} compared={compared} a={a} b={b} />
      {compared.entries.items.length > 0 && <EntryTable changes={compared.entries.items} more={compared.entries.next_cursor === null ? null : more} />}
      {!compared.same_content && compared.facts.length === 0 && compared.entries.items.length === 0 && <p className="muted">No fact differs.</p>}
    </div>
  );
}

function FactTable({ asset, compared, a, b }: { asset: AssetDetail; compared: Comparison; a: number; b: number }) {
  const [all, setAll] = useState(false);
  return (
    <>
      <table className="differences">
        <thead><tr><th scope="col">Fact</th><th scope="col">Version {a}</th><th scope="col">Version {b}</th></tr></thead>
        <tbody>
          {compared.facts.map(({ field, a: one, b: other }) => (
            <tr key={field} data-testid="difference" data-field={field}>
              <th scope="row">{label(field)}</th><td><Value name={field} value={one} /></td><td><Value name={field} value={other} /></td>
            </tr>
          ))}
          {all && <Same asset={asset} number={a} differing={new Set(compared.facts.map(({ field }) => field))} />}
        </tbody>
      </table>
      <button type="button" className="link" aria-expanded={all} onClick={() => setAll(!all)}>{all ? "Only what differs" : "Show what is the same, too"}</button>
    </>
  );
}

function Same({ asset, number, differing }: { asset: AssetDetail; number: number; differing: ReadonlySet<string> }) {
  const { compared, problem } = useCompared(asset, number);
  if (problem) return <tr><td colSpan={3}><ProblemNote problem={problem} /></td></tr>;
  if (number !== asset.current_version && !compared) return <tr><td colSpan={3} className="muted">Loading…</td></tr>;
  const { facts } = factsAt(asset, compared);
  return Object.entries(facts).filter(([field]) => !differing.has(field)).map(([field, value]) => (
    <tr key={field} className="same">
      <th scope="row">{label(field)}</th><td colSpan={2}><Value name={field} value={value} /></td>
    </tr>
  ));
}

const TONES = { added: "good", removed: "bad", changed: "warn" };

function EntryTable({ changes, more }: { changes: readonly EntryChange[]; more: (() => void) | null }) {
  return (
    <>
      <h3>{more ? `The first ${changes.length} entries that differ` : `${many(changes.length, "entry", "entries")} ${changes.length === 1 ? "differs" : "differ"}`}</h3>
      <ul className="entry-changes">
        {changes.map(({ guid, change, a, b }) => (
          <li key={guid} data-testid="entry-change" data-change={change}>
            <span className={`chip ${TONES[change]}`}>{change}</span>
            <span className="break">{(b ?? a)?.path || guid}{a && b && a.path !== b.path && <span className="muted"> was {a.path}</span>}</span>
            <span className="muted">{sizes(a, b)}</span>
          </li>
        ))}
      </ul>
      {more && <button type="button" className="button" onClick={more}>More</button>}
    </>
  );
}

function sizes(a: EntryState | null, b: EntryState | null): string {
  if (a && b && a.size !== b.size) return `${bytes(a.size)} → ${bytes(b.size)}`;
  return bytes((b ?? a)?.size ?? 0);
}
