import { useState, type FormEvent } from "react";
import { asProblem } from "../wire/problem";
import { PasswordField } from "./PasswordField";
import { Refusal } from "./Refusal";
import { whyNotIn } from "./refusals";
import { useSending } from "../ui/sending";
import { signIn } from "./session";
import { EmailField } from "./TextField";

interface Credentials {
  email: string;
  password: string;
}

export function PasswordForm({ email, setEmail, forgot }: { email: string; setEmail: (email: string) => void; forgot: () => void }) {
  const [password, setPassword] = useState("");
  const [choice, setChoice] = useState<{ said: Credentials; studios: readonly string[] } | null>(null);
  const { busy, problem, send } = useSending();
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const typed = new FormData(event.currentTarget); // a password manager fills in without telling
    const said = { email: String(typed.get("email")).trim(), password: String(typed.get("password")) };
    send(async () => setChoice(await tried(said)));
  };
  if (choice) return <ChooseStudio {...choice} back={() => setChoice(null)} />;
  const wrong = problem?.status === 401;
  return (
    <form className="stack" onSubmit={submit}>
      <EmailField value={email} onChange={setEmail} autoFocus aria-invalid={wrong} testId="email" />
      <PasswordField label="Password" kind="current" value={password} onChange={setPassword} wrong={wrong} testId="password" />
      <Refusal problem={problem} words={whyNotIn} />
      <button type="submit" className="button primary" disabled={busy} data-testid="password-submit">{busy ? "Signing in…" : "Sign in"}</button>
      <button type="button" className="link" onClick={forgot} data-testid="forgot">Forgot your password?</button>
    </form>
  );
}

/** Signs in, or tells between which studios to choose. */
async function tried(said: Credentials) {
  try {
    await signIn(said);
    return null;
  } catch (error) {
    const { code, studios } = asProblem(error);
    if (code !== "choose_studio") throw error;
    return { said, studios };
  }
}

/** One password opens several studios: the person says which. */
function ChooseStudio({ said, studios, back }: { said: Credentials; studios: readonly string[]; back: () => void }) {
  const { busy, problem, send } = useSending();
  return (
    <div className="stack" role="group" aria-labelledby="which" data-testid="choose-studio">
      <p id="which">You are in several studios. Which one?</p>
      {studios.map((studio, place) => (
        <button key={studio} type="button" className="button" autoFocus={place === 0} disabled={busy} onClick={() => send(() => signIn({ ...said, studio }))}>{studio}</button>
      ))}
      <Refusal problem={problem} words={whyNotIn} />
      <button type="button" className="link" onClick={back}>Somebody else</button>
    </div>
  );
}
