import { useState } from "react";
import { Icon } from "../ui/Icon";
import { attempt } from "../ui/toasts";
import { label } from "../ui/words";
import { post } from "../wire/http";
import type { Publication, PublicationCheck } from "../wire/types";
import { Value } from "./values";

const LOOKS: Record<string, string> = { PUBLISHED: "good", DRIFTED: "warn", FAILED: "bad" };

/** Where the asset is published outside, whether it still says the same there, and a way to say it again. */
export function Publications({ assetId, publications, onChange }: { assetId: string; publications: readonly Publication[]; onChange: () => void }) {
  const [busy, setBusy] = useState(false);
  const [checked, setChecked] = useState<PublicationCheck | null>(null);
  const ask = (what: string) => {
    setBusy(true);
    attempt(async () => {
      try {
        setChecked(await post<PublicationCheck>(`/assets/${encodeURIComponent(assetId)}/${what}`));
        onChange();
      } finally {
        setBusy(false);
      }
    });
  };
  return (
    <section className="block" aria-labelledby="publications">
      <h2 id="publications">Published</h2>
      <ul className="publications">
        {publications.map(({ target, status, external_id }) => (
          <li key={target}>
            <span className="tag">
              <strong>{label(target)}</strong>
              <span className={`chip ${LOOKS[status] ?? "idle"}`} data-testid="publication-status">{status.toLowerCase()}</span>
            </span>
            {external_id && <code className="small break" title="Its id over there">{external_id}</code>}
          </li>
        ))}
      </ul>
      <p className="asset-moves">
        <button type="button" className="button" disabled={busy} onClick={() => ask("publication/check")} data-testid="publication-check">
          <Icon name="search" size={16} /> Compare now
        </button>
        <button type="button" className="button" disabled={busy} onClick={() => ask("publication")} data-testid="publication-repeat">
          <Icon name="retry" size={16} /> Publish again
        </button>
      </p>
      {checked && <Outcome checked={checked} />}
    </section>
  );
}

function Outcome({ checked: { target, gone, differences } }: { checked: PublicationCheck }) {
  if (gone) return <p role="status">Somebody deleted this entry in {label(target)}. Publishing again makes a new one.</p>;
  if (differences.length === 0) return <p role="status" className="muted">{label(target)} says what was published.</p>;
  return (
    <div role="status">
      <p>{label(target)} says something else:</p>
      <table className="differences" data-testid="differences">
        <thead><tr><th scope="col">Field</th><th scope="col">Here</th><th scope="col">There</th></tr></thead>
        <tbody>
          {differences.map(({ field, ours, theirs }) => (
            <tr key={field}>
              <th scope="row">{label(field)}</th>
              <td><Value name={field} value={ours} /></td>
              <td><Value name={field} value={theirs} /></td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
