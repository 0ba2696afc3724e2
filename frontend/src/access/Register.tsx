import { useState, type FormEvent } from "react";
import { post } from "../wire/http";
import type { Me } from "../wire/types";
import { Gate } from "./Gate";
import { isLongEnough, PasswordField } from "./PasswordField";
import { Refusal } from "./Refusal";
import { asSaid, tooOften } from "./refusals";
import { useSending } from "../ui/sending";
import { enter } from "./session";
import { EmailField, TextField } from "./TextField";

/** Founds a studio with its first admin, where the server lets somebody. */
export function Register({ back }: { back: () => void }) {
  const [studio, setStudio] = useState("");
  const [name, setName] = useState("");
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const { busy, problem, send } = useSending();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    send(async () => enter(await post<Me>("/auth/register", { studio, name, email: email.trim(), password })));
  };
  return (
    <Gate title="Found a studio">
      <p className="muted">You become its admin and invite the others.</p>
      <form className="stack" onSubmit={submit}>
        <TextField label="Name of the studio" value={studio} onChange={setStudio} autoComplete="organization" maxLength={100} required autoFocus testId="register-studio" />
        <TextField label="Your name" value={name} onChange={setName} name="name" autoComplete="name" maxLength={100} required testId="register-name" />
        <EmailField value={email} onChange={setEmail} testId="register-email" />
        <PasswordField label="Password" kind="new" value={password} onChange={setPassword} testId="register-password" />
        <Refusal problem={problem} words={(met) => tooOften(met) ?? asSaid(met)} />
        <button type="submit" className="button primary" disabled={busy || !isLongEnough(password)} data-testid="register-submit">{busy ? "Founding…" : "Found the studio"}</button>
      </form>
      <p><button type="button" className="link" onClick={back}>Back to signing in</button></p>
    </Gate>
  );
}
