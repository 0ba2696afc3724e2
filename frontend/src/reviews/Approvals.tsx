import { useState, type FormEvent } from "react";
import { useMay } from "../access/may";
import { session } from "../access/session";
import { nameOf } from "../people/words";
import { Icon } from "../ui/Icon";
import { useNow } from "../ui/now";
import { ProblemNote } from "../ui/ProblemNote";
import { useSending } from "../ui/sending";
import { attempt } from "../ui/toasts";
import { ago, moment } from "../ui/words";
import { useStore } from "../wire/store";
import type { VersionView } from "../wire/types";
import { PolicyDialog } from "./PolicyDialog";
import { STATE, wanting, whyNot } from "./standing";
import type { Approval, Verdict } from "./types";
import type { Verdicts } from "./verdicts";

const MINUTE_MS = 60_000;
const WORDS: Record<Verdict, string> = { APPROVED: "Approve", CHANGES_REQUESTED: "Request changes" };

/** How the version stands, and one's own say in it. */
export function Approvals({ verdicts, version, closed }: { verdicts: Verdicts; version: VersionView; closed: boolean }) {
  const { review, policy, problem } = useStore(verdicts.judged);
  const state = useStore(session);
  const mayApprove = useMay("approve");
  const maySet = useMay("set_approval_policy");
  const [setting, setSetting] = useState(false);
  if (!review) return <section className="approvals" aria-label="Approval">{problem ? <ProblemNote problem={problem} again={() => void verdicts.read()} /> : <p className="muted" role="status">Loading…</p>}</section>;
  const me = state.phase === "in" ? state.me.member : null;
  const standing = review.items.filter(({ withdrawn_at, replaced_at }) => withdrawn_at === null && replaced_at === null);
  const { text, tone } = STATE[review.state];
  const reason = mayApprove && me ? whyNot(review, policy, me.role, version.created_by === me.id) : "";
  return (
    <section className="approvals" aria-label="Approval" data-testid="approvals" data-state={review.state}>
      <header className="approvals-top">
        <span className={`chip ${tone}`} role="status" data-testid="approval-state">{text}</span>
        <span className="muted small" title={`Verdicts are bound to this content: SHA-256 ${review.sha256}`}>v{review.version} · <code>{review.sha256.slice(0, 8)}</code></span>
        {maySet && policy && <button type="button" className="link quiet" onClick={() => setSetting(true)} data-testid="policy">Policy…</button>}
      </header>
      {wanting(review) && <p className="small">{wanting(review)}</p>}
      {problem && <ProblemNote problem={problem} again={() => void verdicts.read()} />}
      <ul className="verdicts">{standing.map((each) => <Given key={each.id} given={each} />)}</ul>
      {!closed && mayApprove && review.can.approve && <Judge verdicts={verdicts} mine={standing.find(({ author }) => author.id === me?.id)} />}
      {!closed && reason && <p className="fine-print">{reason}</p>}
      {!closed && review.can.withdraw && <button type="button" className="link quiet" onClick={() => attempt(() => verdicts.withdraw())} data-testid="withdraw">Withdraw your verdict</button>}
      <History items={review.items.filter((each) => !standing.includes(each))} more={review.next_cursor !== null ? () => attempt(() => verdicts.earlier()) : null} />
      {setting && policy && <PolicyDialog policy={policy} onDone={() => {
        setSetting(false);
        void verdicts.read();
      }} />}
    </section>
  );
}

/** Two buttons; the chosen one opens a note, so that nobody approves by a slip. */
function Judge({ verdicts, mine }: { verdicts: Verdicts; mine: Approval | undefined }) {
  const [verdict, setVerdict] = useState<Verdict | null>(null);
  const [note, setNote] = useState("");
  const { busy, problem, send } = useSending();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (verdict === null) return;
    send(async () => {
      await verdicts.give(verdict, note);
      setVerdict(null);
      setNote("");
    });
  };
  return (
    <form className="judge" onSubmit={submit}>
      <div className="judge-row">
        {(["APPROVED", "CHANGES_REQUESTED"] as const).map((each) => (
          <button key={each} type="button" className="button" aria-pressed={verdict === each} data-verdict={each} data-testid={each === "APPROVED" ? "approve" : "request-changes"}
            onClick={() => setVerdict(verdict === each ? null : each)}>
            <Icon name={each === "APPROVED" ? "check" : "retry"} size={16} /> {WORDS[each]}
          </button>
        ))}
      </div>
      {verdict && (
        <>
          {mine && <p className="fine-print">This replaces what you said before.</p>}
          <textarea className="field" rows={2} autoFocus maxLength={10_000} value={note} onChange={(event) => setNote(event.target.value)} data-testid="verdict-note"
            aria-label="Note, if you like" placeholder={verdict === "APPROVED" ? "Note, if you like" : "What should change?"} />
          {problem && <ProblemNote problem={problem} />}
          <div className="composer-row">
            <button type="button" className="button quiet" onClick={() => setVerdict(null)}>Cancel</button>
            <button type="submit" className="button primary" disabled={busy} data-testid="verdict-send">{WORDS[verdict]}</button>
          </div>
        </>
      )}
    </form>
  );
}

function Given({ given }: { given: Approval }) {
  const now = useNow(MINUTE_MS);
  const approved = given.verdict === "APPROVED";
  const ended = given.withdrawn_at ? "withdrawn" : given.replaced_at ? "replaced" : given.counts ? "" : "does not count any more";
  return (
    <li className="verdict" data-testid="verdict" data-verdict={given.verdict} data-ended={ended || undefined}>
      <Icon name={approved ? "check" : "retry"} size={16} />
      <div>
        <strong>{nameOf(given.author)}</strong> {approved ? "approved" : "asked for changes"}{" "}
        <time className="muted" dateTime={given.created_at} title={moment(given.created_at)}>{ago(given.created_at, now)}</time>
        {ended && <span className="muted"> · {ended}</span>}
        {given.note && <p className="said-text">{given.note}</p>}
      </div>
    </li>
  );
}

function History({ items, more }: { items: readonly Approval[]; more: (() => void) | null }) {
  if (items.length === 0 && !more) return null;
  return (
    <details className="small">
      <summary>Earlier verdicts</summary>
      <ul className="verdicts">{items.map((each) => <Given key={each.id} given={each} />)}</ul>
      {more && <button type="button" className="button" onClick={more}>Show more</button>}
    </details>
  );
}
