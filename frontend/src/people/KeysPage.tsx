import { useCallback, useState } from "react";
import { useMay } from "../access/may";
import { ACTION_WORDS } from "../access/roles";
import { session } from "../access/session";
import { useFresh } from "../app/news";
import { useTitle } from "../app/title";
import { Confirm } from "../ui/Confirm";
import { Empty } from "../ui/Empty";
import { Icon } from "../ui/Icon";
import { useNow } from "../ui/now";
import { usePages } from "../ui/pages";
import { ProblemNote } from "../ui/ProblemNote";
import { Sentinel } from "../ui/Sentinel";
import { moment } from "../ui/words";
import { remove } from "../wire/http";
import { useStore } from "../wire/store";
import type { Action } from "../wire/types";
import { NewKey } from "./NewKey";
import { aboutPeople } from "./news";
import type { Key } from "./types";
import { lastUsed } from "./words";

const idOf = ({ id }: Key) => id;

/** Keys for programs. */
export function KeysPage() {
  const may = useMay("manage_keys");
  useTitle("API keys");
  return (
    <div className="page narrow">
      <h1>API keys</h1>
      {may ? <Keys /> : <Empty icon="key" title="Only an admin makes API keys">Ask an admin of your studio for one, or for the role.</Empty>}
    </div>
  );
}

function Keys() {
  const state = useStore(session);
  const pages = usePages<Key>("/api-keys?limit=100");
  const { refresh } = pages;
  const read = useCallback(() => refresh(idOf), [refresh]);
  useFresh(pages, idOf, aboutPeople);
  const own = state.phase === "in" ? state.me.member.id : "";
  return (
    <>
      <p className="muted">
        A program sends its key as <code>Authorization: Bearer …</code>. It may what its maker may, or less. See the <a href="/api/v1/docs">API documentation</a>.
      </p>
      <NewKey made={() => void read().catch(() => undefined)} />
      <section className="block" aria-labelledby="keys">
        <h2 id="keys">Keys that hold</h2>
        <ul className="rows" data-testid="keys">
          {pages.items.map((key) => <KeyRow key={key.id} held={key} isYours={key.member_id === own} changed={read} />)}
        </ul>
        {pages.phase === "loading" && pages.items.length === 0 && <p className="muted" role="status">Loading…</p>}
        {pages.phase === "ready" && pages.items.length === 0 && <p className="muted">No program has a key yet.</p>}
        {pages.problem && <ProblemNote problem={pages.problem} again={pages.again} />}
        <Sentinel onNear={pages.more} turn={pages.items.length} />
      </section>
    </>
  );
}

function KeyRow({ held: key, isYours, changed }: { held: Key; isYours: boolean; changed: () => Promise<void> }) {
  const [asking, setAsking] = useState(false);
  const now = useNow(60_000);
  const revoke = async () => {
    await remove(`/api-keys/${encodeURIComponent(key.id)}`);
    await changed();
  };
  return (
    <li data-testid="key">
      <Icon name="key" />
      <span className="row-words">
        <b className="break">{key.name}</b>
        <span className="sub">
          <span title={key.last_used_at ? moment(key.last_used_at) : undefined}>{lastUsed(key.last_used_at, now)}</span>
          <span title={moment(key.created_at)}>made {new Date(key.created_at).toLocaleDateString(undefined, { dateStyle: "medium" })}{isYours && " by you"}</span>
        </span>
        <Scopes scopes={key.scopes} />
      </span>
      <button type="button" className="button" aria-label={`Revoke ${key.name}`} onClick={() => setAsking(true)} data-testid="revoke-key">Revoke…</button>
      {asking && (
        <Confirm title={`Revoke ${key.name}?`} verb="Revoke" onConfirm={revoke} onClose={() => setAsking(false)}>
          <p>Whatever uses this key is refused from now on. It cannot be given back.</p>
        </Confirm>
      )}
    </li>
  );
}

function Scopes({ scopes }: { scopes: readonly Action[] | null }) {
  if (scopes === null) return <span className="sub">May whatever its maker may</span>;
  return <ul className="scopes" aria-label="May">{scopes.map((scope) => <li key={scope}>{ACTION_WORDS[scope] ?? scope}</li>)}</ul>;
}
