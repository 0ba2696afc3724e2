import { useState, type FormEvent } from "react";
import { ProblemNote } from "../ui/ProblemNote";
import { useSending } from "../ui/sending";
import { sentence } from "../ui/words";
import { get, post } from "../wire/http";
import type { Page } from "../wire/types";
import { addressesIn, importAll, type ImportNeeds, type Untaken } from "./addresses";

const server: ImportNeeds = {
  begin: (wish) => post("/uploads", wish),
  group: async (name) => {
    const { items } = await get<Page<Named>>("/groups?limit=200"); // the newest of that name, as the command line has it
    return (items.find((group) => group.name === name) ?? (await post<Named>("/groups", { name }))).id;
  },
};

interface Named {
  id: string;
  name: string;
}

/** The group that is open. */
export interface Into {
  id: string;
  name: string;
}

/** Has the server fetch files from web addresses. */
export function ImportForm({ into, onClose }: { into: Into | undefined; onClose: () => void }) {
  const [text, setText] = useState("");
  const [group, setGroup] = useState("");
  const [untaken, setUntaken] = useState<readonly Untaken[]>([]);
  const { busy, problem, send } = useSending();
  const addresses = addressesIn(text);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (addresses.length === 0) return;
    send(async () => {
      const left = await importAll(into ? { ...server, group: async () => into.id } : server, addresses, into?.name ?? group);
      setUntaken(left);
      setText(left.map(({ address }) => address).join("\n"));
      if (left.length === 0) onClose();
    });
  };

  return (
    <form className="import" aria-label="Import from address" onSubmit={submit} data-testid="import-form">
      <label>
        <span>Web addresses, one per line</span>
        <textarea
          className="field" rows={3} value={text} placeholder="https://" autoFocus spellCheck={false} autoComplete="off"
          onChange={(event) => setText(event.target.value)} data-testid="import-addresses"
        />
      </label>
      {!into && (
        <label>
          <span>Group, if you like</span>
          <input className="field" type="text" value={group} maxLength={200} onChange={(event) => setGroup(event.target.value)} data-testid="import-group" />
        </label>
      )}
      <div className="import-buttons">
        <button type="submit" className="button primary" disabled={busy || addresses.length === 0} data-testid="import-begin">Import</button>
        <button type="button" className="button" onClick={onClose}>Close</button>
        <p className="muted">The server fetches them by itself: once it has begun you can close this page.</p>
      </div>
      {untaken.length > 0 && (
        <ul className="import-untaken" role="alert" data-testid="import-untaken">
          {untaken.map(({ address, problem: why }) => (
            <li key={address}>
              <span className="file-name" title={address}>{address}</span>
              <span className="field-wrong">{sentence(why.message)} {why.remedy && <span className="muted">{sentence(why.remedy)}</span>}</span>
            </li>
          ))}
        </ul>
      )}
      {problem && <ProblemNote problem={problem} />}
    </form>
  );
}
