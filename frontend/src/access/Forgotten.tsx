import { useState, type FormEvent } from "react";
import { post } from "../wire/http";
import { Gate } from "./Gate";
import { Refusal } from "./Refusal";
import { asSaid, tooOften } from "./refusals";
import { useSending } from "../ui/sending";
import { EmailField } from "./TextField";

/** The answer is the same whoever asks, so the page promises no more than the server does. */
export function Forgotten({ email: known, back }: { email: string; back: () => void }) {
  const [email, setEmail] = useState(known);
  const [sent, setSent] = useState(false);
  const { busy, problem, send } = useSending();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    send(async () => {
      await post("/auth/password-reset", { email: email.trim() });
      setSent(true);
    });
  };
  return (
    <Gate title="Choose a new password" icon="lock">
      {sent ? <Sent email={email.trim()} /> : (
        <form className="stack" onSubmit={submit}>
          <p className="muted">We send a link to your address. With it you choose a new password.</p>
          <EmailField value={email} onChange={setEmail} autoFocus testId="forgot-email" />
          <Refusal problem={problem} words={(met) => tooOften(met) ?? asSaid(met)} />
          <button type="submit" className="button primary" disabled={busy || email.trim() === ""} data-testid="forgot-submit">{busy ? "Asking…" : "Send me a link"}</button>
        </form>
      )}
      <p><button type="button" className="link" onClick={back}>Back to signing in</button></p>
    </Gate>
  );
}

function Sent({ email }: { email: string }) {
  return (
    <div className="stack" role="status" data-testid="forgot-sent">
      <p>If somebody here has the address <b className="break">{email}</b>, a link is on its way to it. It works once, within an hour.</p>
      <p className="muted">Nothing came? Look among the spam, or ask an admin of your studio: they can make you a link without mail.</p>
    </div>
  );
}
