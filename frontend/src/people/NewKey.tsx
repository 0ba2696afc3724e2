import { useState, type FormEvent } from "react";
import { Refusal } from "../access/Refusal";
import { asSaid } from "../access/refusals";
import { ACTION_WORDS } from "../access/roles";
import { useSending } from "../ui/sending";
import { session } from "../access/session";
import { TextField } from "../access/TextField";
import { Copyable } from "../ui/Copyable";
import { post } from "../wire/http";
import { useStore } from "../wire/store";
import type { Action } from "../wire/types";
import type { Key } from "./types";

const ALL = Object.keys(ACTION_WORDS) as Action[];

/** Makes a key; its secret is told this once. */
export function NewKey({ made }: { made: () => void }) {
  const [name, setName] = useState("");
  const [everything, setEverything] = useState(false);
  const [scopes, setScopes] = useState<ReadonlySet<Action>>(new Set(["read", "upload"]));
  const [told, setTold] = useState<{ name: string; secret: string } | null>(null);
  const { busy, problem, send } = useSending();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    send(async () => {
      const { key, secret } = await post<{ key: Key; secret: string }>("/api-keys", { name, ...(!everything && { scopes: [...scopes] }) });
      setTold({ name: key.name, secret });
      setName("");
      made();
    });
  };
  return (
    <section className="block" aria-labelledby="new-key">
      <h2 id="new-key">New key</h2>
      <form className="stack" onSubmit={submit}>
        <TextField label="What it is for" value={name} onChange={setName} placeholder="Nightly build" maxLength={100} required autoComplete="off" testId="key-name" />
        <Limits everything={everything} setEverything={setEverything} scopes={scopes} setScopes={setScopes} />
        <Refusal problem={problem} words={asSaid} />
        <button type="submit" className="button primary start" disabled={busy || name.trim() === "" || (!everything && scopes.size === 0)} data-testid="key-submit">{busy ? "Making…" : "Make the key"}</button>
      </form>
      {told && (
        <div className="handed" role="status" data-testid="key-told">
          <p>This is the key <b className="break">{told.name}</b>. Copy it now: it is not shown again.</p>
          <Copyable key={told.secret} label="Secret of the key" text={told.secret} testId="key-secret" />
        </div>
      )}
    </section>
  );
}

interface LimitsProps {
  everything: boolean;
  setEverything: (everything: boolean) => void;
  scopes: ReadonlySet<Action>;
  setScopes: (scopes: ReadonlySet<Action>) => void;
}

/** Only what its maker may can be given. */
function Limits({ everything, setEverything, scopes, setScopes }: LimitsProps) {
  const state = useStore(session);
  const offered = state.phase === "in" ? ALL.filter((action) => state.me.actions.includes(action)) : [];
  const turn = (action: Action, on: boolean) => {
    const next = new Set(scopes);
    if (on) next.add(action);
    else next.delete(action);
    setScopes(next);
  };
  return (
    <fieldset className="limits">
      <legend>What it may do</legend>
      <label><input type="radio" name="limits" checked={!everything} onChange={() => setEverything(false)} /> Only this</label>
      <label><input type="radio" name="limits" checked={everything} onChange={() => setEverything(true)} data-testid="key-everything" /> Whatever I may, now and later</label>
      {!everything && (
        <div className="limits-list">
          {offered.map((action) => (
            <label key={action}>
              <input type="checkbox" checked={scopes.has(action)} onChange={(event) => turn(action, event.target.checked)} data-action={action} /> {ACTION_WORDS[action]}
            </label>
          ))}
        </div>
      )}
    </fieldset>
  );
}
