import { useState, type FormEvent } from "react";
import { useMay } from "../access/may";
import { useFollowed } from "../app/news";
import { Copyable } from "../ui/Copyable";
import { ProblemNote } from "../ui/ProblemNote";
import { useSending } from "../ui/sending";
import { attempt } from "../ui/toasts";
import { get, post, remove } from "../wire/http";
import type { Page } from "../wire/types";
import { endOf, endsIn, LIVES, type Life } from "./link";

interface Share {
  id: string;
  version: number | null;
  may_download: boolean;
  has_password: boolean;
  status: "ACTIVE" | "EXPIRED" | "REVOKED";
  expires_at: string;
}

/** Links with which people outside see this asset; shown to those who may make them. */
export function Shares({ assetId, version }: { assetId: string; version: number }) {
  return useMay("share") ? <Links assetId={assetId} version={version} /> : null;
}

function Links({ assetId, version }: { assetId: string; version: number }) {
  const path = `/assets/${encodeURIComponent(assetId)}/shares`;
  const { value, problem, again } = useFollowed(
    path, (signal) => get<Page<Share>>(`${path}?limit=200`, signal), ({ subject, type }) => subject.id === assetId && type.startsWith("share."),
  );
  const shares = value?.items.filter(({ status }) => status === "ACTIVE") ?? [];
  const [made, setMade] = useState<string | null>(null);
  const { busy, problem: refused, send } = useSending();
  const create = (wanted: object) => send(async () => {
    setMade((await post<{ url: string }>(path, wanted)).url);
    again();
  });
  const revoke = (id: string) => attempt(async () => {
    await remove(`${path}/${id}`);
    setMade(null); // it may be the one that was revoked
    again();
  });
  return (
    <section className="block" aria-labelledby="shares">
      <h2 id="shares">Share with somebody outside</h2>
      <NewLink version={version} busy={busy} create={create} />
      {refused && <ProblemNote problem={refused} />}
      {problem && <ProblemNote problem={problem} again={again} />}
      {made && (
        <div className="handed" role="status">
          <p>Copy the link now: it is not shown again.</p>
          <Copyable key={made} label="Share link" text={made} testId="share-url" />
        </div>
      )}
      {shares.length > 0 && (
        <ul className="shares" data-testid="shares">
          {shares.map((share) => (
            <li key={share.id}>
              <span>
                {share.version === null ? "Current version" : `Version ${share.version}`}
                <span className="sub">
                  <span>ends {endsIn(share.expires_at, Date.now())}</span>
                  {share.may_download && <span>may download</span>}
                  {share.has_password && <span>password</span>}
                </span>
              </span>
              <button type="button" className="button" onClick={() => revoke(share.id)} data-testid="revoke">Revoke</button>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function NewLink({ version, busy, create }: { version: number; busy: boolean; create: (wanted: object) => void }) {
  const [download, setDownload] = useState(false);
  const [fixed, setFixed] = useState(false);
  const [password, setPassword] = useState("");
  const [life, setLife] = useState<Life>("usual");
  const [day, setDay] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const ends = endOf(life, day, Date.now());
    create({ may_download: download, ...(fixed && { version }), ...(password && { password }), ...(ends && { expires_at: ends }) });
    setPassword("");
  };
  return (
    <form className="share-form" onSubmit={submit}>
      <label><input type="checkbox" checked={download} onChange={(event) => setDownload(event.target.checked)} data-testid="share-download" /> May download the file</label>
      <label><input type="checkbox" checked={fixed} onChange={(event) => setFixed(event.target.checked)} /> Version {version} only</label>
      <input className="field" type="password" aria-label="Password, if you like" placeholder="Password, if you like" value={password} minLength={8} maxLength={256}
        autoComplete="new-password" onChange={(event) => setPassword(event.target.value)} />
      <label className="pick"><span>Ends</span>
        <select value={life} onChange={(event) => setLife(event.target.value as Life)} data-testid="share-life">
          {LIVES.map(({ value, text }) => <option key={value} value={value}>{text}</option>)}
        </select>
      </label>
      {life === "day" && <input className="field" type="date" aria-label="The last day of the link" required min={today()} value={day} onChange={(event) => setDay(event.target.value)} data-testid="share-day" />}
      <button type="submit" className="button primary" disabled={busy} data-testid="share-create">{busy ? "Making…" : "Make a link"}</button>
    </form>
  );
}

function today(): string {
  const now = new Date();
  return new Date(now.getTime() - now.getTimezoneOffset() * 60_000).toISOString().slice(0, 10);
}
