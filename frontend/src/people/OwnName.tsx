import { useState, type FormEvent } from "react";
import { Refusal } from "../access/Refusal";
import { asSaid } from "../access/refusals";
import { useSending } from "../ui/sending";
import { enter } from "../access/session";
import { TextField } from "../access/TextField";
import { patch } from "../wire/http";
import type { Me } from "../wire/types";

/** The name that stands on what one makes. */
export function OwnName({ name }: { name: string }) {
  const [typed, setTyped] = useState(name);
  const { busy, problem, send } = useSending();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    send(async () => enter(await patch<Me>("/auth/me", { name: typed })));
  };
  const same = typed.trim() === "" || typed.trim() === name;
  return (
    <form className="stack" onSubmit={submit}>
      <div className="named">
        <TextField label="Name" value={typed} onChange={setTyped} name="name" autoComplete="name" maxLength={100} required testId="own-name" />
        <button type="submit" className="button" disabled={busy || same}>{busy ? "Saving…" : "Save"}</button>
      </div>
      <Refusal problem={problem} words={asSaid} />
    </form>
  );
}
