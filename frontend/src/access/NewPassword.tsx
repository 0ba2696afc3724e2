import { useState, type FormEvent } from "react";
import { post } from "../wire/http";
import { Gate } from "./Gate";
import { isLongEnough, PasswordField } from "./PasswordField";
import { Refusal } from "./Refusal";
import { whyNoLink } from "./refusals";
import { useSending } from "../ui/sending";
import { leave, turnBack } from "./session";

/** Behind the link to a new password. */
export function NewPassword({ token }: { token: string }) {
  const [password, setPassword] = useState("");
  const { busy, problem, send } = useSending();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    send(async () => {
      await post("/auth/password-reset/confirm", { token, password });
      leave("Your new password holds. Sign in with it; wherever you were signed in before, you are out.");
    });
  };
  return (
    <Gate title="Choose a new password" icon="lock">
      <form className="stack" onSubmit={submit}>
        <PasswordField label="New password" kind="new" value={password} onChange={setPassword} focus testId="new-password" />
        <Refusal problem={problem} words={whyNoLink} />
        <button type="submit" className="button primary" disabled={busy || !isLongEnough(password)} data-testid="reset-submit">{busy ? "Saving…" : "Set the password"}</button>
      </form>
      <p><button type="button" className="link" onClick={() => void turnBack()}>Leave it as it is</button></p>
    </Gate>
  );
}
