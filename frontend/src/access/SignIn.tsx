import { useState, type FormEvent } from "react";
import { uploads } from "../app/live";
import { Icon } from "../ui/Icon";
import { many, sentence } from "../ui/words";
import { useStore } from "../wire/store";
import { tokenFrom } from "./link";
import { exchange, session } from "./session";

const NO_TOKEN = "That is no sign-in link. It ends in #signin= and a long token.";

export function SignIn() {
  const state = useStore(session);
  const [pasted, setPasted] = useState("");
  const [wrong, setWrong] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const refused = state.phase === "out" ? state.problem : null;

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const token = tokenFrom(pasted);
    setWrong(token === null ? NO_TOKEN : null);
    if (token === null) return;
    setBusy(true);
    await exchange(token);
    setBusy(false);
    setPasted("");
  };

  return (
    <main className="gate">
      <div className="gate-mark"><Icon name="upload" size={26} /></div>
      <h1>Asset Ingest</h1>
      <p className="muted">Open the sign-in link that the server printed when it started, or paste it here.</p>
      <form onSubmit={(event) => void submit(event)} noValidate>
        <label htmlFor="link">Sign-in link</label>
        <input id="link" className="field" value={pasted} onChange={(event) => setPasted(event.target.value)} placeholder="https://…/#signin=…"
          autoComplete="off" spellCheck={false} autoFocus aria-invalid={wrong !== null} aria-describedby="signin-problem" data-testid="signin-input" />
        <div id="signin-problem" role="alert">
          {wrong ? <p className="field-wrong" data-testid="signin-error">{wrong}</p> : refused && <Refused code={refused.status} text={refused.message} remedy={refused.remedy} reference={refused.correlationId} />}
        </div>
        <button type="submit" className="button primary" disabled={busy || pasted.trim() === ""} data-testid="signin-submit">
          {busy ? "Signing in…" : "Sign in"}
        </button>
      </form>
      <UploadsWait />
      <p className="fine-print">
        Programs use an API key instead: see the <a href="/api/v1/docs">API documentation</a>.
      </p>
    </main>
  );
}

/** A session may end while files are on their way. */
function UploadsWait() {
  const { active, waiting, paused } = useStore(uploads.view);
  const left = active + waiting + paused;
  return <p role="status" data-testid="uploads-wait">{left > 0 && `${many(left, "file")} not sent yet: sending goes on once you have signed in.`}</p>;
}

/** 401 has one cause that people can do something about, so it is said in their words. */
function Refused({ code, text, remedy, reference }: { code: number; text: string; remedy: string | null; reference: string | null }) {
  const spent = code === 401;
  return (
    <div className="note bad" data-testid="signin-error">
      <Icon name="warning" />
      <div className="note-body">
        <p className="note-what">{spent ? "This sign-in link has been used already, or it has expired." : sentence(text)}</p>
        <p>{spent ? "Each link works once and for a limited time. Ask whoever runs the server for a fresh one." : remedy && sentence(remedy)}</p>
        {reference && <p className="fine-print">Reference <code>{reference}</code></p>}
      </div>
    </div>
  );
}
