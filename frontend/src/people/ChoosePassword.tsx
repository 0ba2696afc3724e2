import { useState, type FormEvent } from "react";
import { isLongEnough, PasswordField } from "../access/PasswordField";
import { Refusal } from "../access/Refusal";
import { asSaid, tooOften, type Words } from "../access/refusals";
import { useSending } from "../ui/sending";
import { checkSession } from "../access/session";
import { EmailField } from "../access/TextField";
import { post } from "../wire/http";
import type { Problem } from "../wire/problem";

/** Changes the password; whoever came by a link chooses the first one here, and the address that goes with it. */
export function ChoosePassword({ email: held }: { email: string | null }) {
  const first = held === null;
  const [email, setEmail] = useState("");
  const [current, setCurrent] = useState("");
  const [chosen, setChosen] = useState("");
  const [done, setDone] = useState(false);
  const { busy, problem, send } = useSending();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setDone(false);
    send(async () => {
      await post("/auth/password", { new_password: chosen, ...(first ? { email: email.trim() } : { current_password: current }) });
      setCurrent("");
      setChosen("");
      setDone(true);
      await checkSession();
    });
  };
  return (
    <section className="block" aria-labelledby="password">
      <h2 id="password">{first ? "Choose a password" : "Change your password"}</h2>
      {first && <p className="muted">You came by a link. With an address and a password you get in without one.</p>}
      <form className="stack" onSubmit={submit}>
        {first
          ? <EmailField value={email} onChange={setEmail} testId="account-email" />
          : <><input name="email" autoComplete="username" value={held} readOnly hidden /><PasswordField label="Current password" kind="current" value={current} onChange={setCurrent} wrong={problem?.status === 403} testId="current-password" /></>}
        <PasswordField label="New password" kind="new" value={chosen} onChange={setChosen} testId="new-password" />
        <Refusal problem={problem} words={whyNot} />
        <button type="submit" className="button primary start" disabled={busy || !isLongEnough(chosen) || (first ? email.trim() : current) === ""} data-testid="password-save">
          {busy ? "Saving…" : first ? "Set the password" : "Change the password"}
        </button>
        <p role="status" className="good-text" data-testid="password-done">{done && "Your new password holds. Wherever else you were signed in, you are out."}</p>
      </form>
    </section>
  );
}

function whyNot(problem: Problem): Words {
  if (problem.status === 403) return { what: "The current password is wrong.", remedy: "If you forgot it, sign out and ask for a link to a new one." };
  return tooOften(problem) ?? asSaid(problem);
}
