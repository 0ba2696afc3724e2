import { useCallback, useEffect, useState, type FormEvent } from "react";
import { ThemeToggle } from "../app/theme";
import { Thumbnail } from "../assets/Thumbnail";
import { Empty } from "../ui/Empty";
import { Icon } from "../ui/Icon";
import { ProblemNote } from "../ui/ProblemNote";
import { bytes, kindName } from "../ui/words";
import { post } from "../wire/http";
import { asProblem, type Problem } from "../wire/problem";
import { endsIn, shareTokenIn } from "./link";

export interface SharedAsset {
  id: string;
  name: string;
  kind: string;
  version: number;
  filename: string;
  size: number;
  content_type: string;
  created_at: string;
  expires_at: string;
  thumbnail_url: string | null;
  contact_sheet_url: string | null;
  content_url: string | null;
  sha256: string | null;
}

type State =
  | { phase: "opening" }
  | { phase: "open"; asset: SharedAsset }
  | { phase: "password"; wrong: boolean }
  | { phase: "gone" }
  | { phase: "failed"; problem: Problem };

/** What somebody outside sees by a link; nobody is signed in here, and nothing of the rest of the page runs. */
export function SharePage() {
  const [state, setState] = useState<State>({ phase: "opening" });
  const open = useCallback(async (password?: string) => {
    const token = shareTokenIn(location.hash);
    setState(token === null ? { phase: "gone" } : await opened(token, password));
  }, []);

  useEffect(() => {
    const start = () => void open();
    start();
    window.addEventListener("hashchange", start);
    return () => window.removeEventListener("hashchange", start);
  }, [open]);

  useEffect(() => {
    document.title = state.phase === "open" ? state.asset.name : "Shared file";
  }, [state]);

  return (
    <>
      <header className="share-top">
        <span className="brand">
          <span className="brand-mark"><Icon name="upload" size={16} /></span>
          <span className="brand-name">Asset Ingest</span>
        </span>
        <ThemeToggle />
      </header>
      <main className="share" data-testid="share" data-phase={state.phase}>
        {state.phase === "opening" && <p className="splash" role="status">Opening…</p>}
        {state.phase === "open" && <Shown asset={state.asset} />}
        {state.phase === "password" && <Password wrong={state.wrong} open={open} />}
        {state.phase === "gone" && <Gone />}
        {state.phase === "failed" && <ProblemNote problem={state.problem} again={() => void open()} />}
      </main>
    </>
  );
}

async function opened(token: string, password: string | undefined): Promise<State> {
  try {
    return { phase: "open", asset: await post<SharedAsset>("/shared/open", password === undefined ? { token } : { token, password }) };
  } catch (error) {
    const problem = asProblem(error);
    if (problem.code === "password_needed") return { phase: "password", wrong: password !== undefined };
    return problem.status === 404 ? { phase: "gone" } : { phase: "failed", problem };
  }
}

function Shown({ asset }: { asset: SharedAsset }) {
  const picture = asset.contact_sheet_url ?? asset.thumbnail_url;
  return (
    <article className="share-card">
      <div className="share-picture"><Thumbnail url={picture} kind={asset.kind} size={72} /></div>
      <div className="share-words">
        <p className="share-kind">{kindName(asset.kind)}</p>
        <h1 title={asset.name}>{asset.name}</h1>
        <dl className="share-facts">
          <div><dt>File</dt><dd className="break">{asset.filename}</dd></div>
          <div><dt>Size</dt><dd>{bytes(asset.size)}</dd></div>
          <div><dt>Version</dt><dd>{asset.version}</dd></div>
        </dl>
        {asset.content_url
          ? <a className="button primary share-save" href={asset.content_url} download data-testid="download"><Icon name="download" size={16} /> Download {bytes(asset.size)}</a>
          : <p className="muted">This link is for looking: the file itself cannot be downloaded.</p>}
        {asset.sha256 && (
          <details className="share-sum">
            <summary>Checksum</summary>
            <code className="small break" title="SHA-256">{asset.sha256}</code>
          </details>
        )}
        <p className="fine-print"><Icon name="clock" size={14} /> This link ends {endsIn(asset.expires_at, Date.now())}.</p>
      </div>
    </article>
  );
}

function Password({ wrong, open }: { wrong: boolean; open: (password: string) => Promise<void> }) {
  const [typed, setTyped] = useState("");
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    await open(typed);
    setBusy(false);
  };
  return (
    <div className="gate">
      <div className="gate-mark"><Icon name="lock" size={26} /></div>
      <h1>This link has a password</h1>
      <p className="muted">Whoever sent you the link knows it.</p>
      <form onSubmit={(event) => void submit(event)}>
        <label htmlFor="password">Password</label>
        <input id="password" type="password" className="field" value={typed} onChange={(event) => setTyped(event.target.value)} maxLength={256}
          autoComplete="off" autoFocus aria-invalid={wrong} aria-describedby="password-problem" data-testid="share-password" />
        <div id="password-problem" role="alert">
          {wrong && <p className="field-wrong" data-testid="share-wrong">That is not the password of this link.</p>}
        </div>
        <button type="submit" className="button primary" disabled={busy || typed === ""} data-testid="share-open">{busy ? "Opening…" : "Open"}</button>
      </form>
    </div>
  );
}

function Gone() {
  return (
    <Empty icon="clock" title="This link does not work any more">
      <p>It may have expired, been revoked, or lost its end on the way. Ask whoever sent it to you for a new one.</p>
    </Empty>
  );
}
