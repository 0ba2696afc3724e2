import { useCallback, useEffect, useState, type FormEvent } from "react";
import { ProblemNote } from "../ui/ProblemNote";
import { post } from "../wire/http";
import { asProblem, type Problem } from "../wire/problem";
import type { Me } from "../wire/types";
import { Gate } from "./Gate";
import { isLongEnough, PasswordField } from "./PasswordField";
import { Refusal } from "./Refusal";
import { whyNoLink } from "./refusals";
import { ROLE_NAMES } from "./roles";
import { useSending } from "../ui/sending";
import { enter, turnBack } from "./session";
import { EmailField, TextField } from "./TextField";

interface Welcome {
  studio: string;
  invited_by: string;
  email: string;
  role: string;
  expires_at: string;
}

type Shown = { phase: "asking" } | { phase: "open"; welcome: Welcome } | { phase: "failed"; problem: Problem };

/** Behind an invitation: who invites to what, and the form that joins. */
export function Invited({ token }: { token: string }) {
  const [shown, setShown] = useState<Shown>({ phase: "asking" });
  const open = useCallback(async () => {
    setShown({ phase: "asking" });
    setShown(await opened(token));
  }, [token]);
  useEffect(() => void open(), [open]);
  if (shown.phase === "asking") return <p className="splash" role="status">Opening…</p>;
  const isOpen = shown.phase === "open";
  return (
    <Gate title={isOpen ? `Join ${shown.welcome.studio}` : "You are invited"}>
      {isOpen ? <Join token={token} welcome={shown.welcome} /> : <NotOpened problem={shown.problem} again={() => void open()} />}
      <p><button type="button" className="link" onClick={() => void turnBack()}>{isOpen ? "Not now" : "Go to signing in"}</button></p>
    </Gate>
  );
}

async function opened(token: string): Promise<Shown> {
  try {
    return { phase: "open", welcome: await post<Welcome>("/invitations/open", { token }) };
  } catch (error) {
    return { phase: "failed", problem: asProblem(error) };
  }
}

function NotOpened({ problem, again }: { problem: Problem; again: () => void }) {
  return problem.status === 401 ? <Refusal problem={problem} words={whyNoLink} /> : <ProblemNote problem={problem} again={again} />;
}

function Join({ token, welcome }: { token: string; welcome: Welcome }) {
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const { busy, problem, send } = useSending();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    send(async () => {
      enter(await post<Me>("/invitations/accept", { token, name, password }));
    });
  };
  return (
    <>
      <p className="muted">{welcome.invited_by} invites you as {ROLE_NAMES[welcome.role] ?? welcome.role}. You sign in with the address below.</p>
      <form className="stack" onSubmit={submit}>
        <EmailField value={welcome.email} onChange={() => undefined} readOnly />
        <TextField label="Your name" value={name} onChange={setName} name="name" autoComplete="name" maxLength={100} required autoFocus testId="join-name" />
        <PasswordField label="Password" kind="new" value={password} onChange={setPassword} testId="join-password" />
        <Refusal problem={problem} words={whyNoLink} />
        <button type="submit" className="button primary" disabled={busy || name.trim() === "" || !isLongEnough(password)} data-testid="join-submit">{busy ? "Joining…" : "Join the studio"}</button>
      </form>
    </>
  );
}
