import { useCallback, useEffect } from "react";
import { Link } from "../app/router";
import { Face } from "../people/Face";
import { nameOf } from "../people/words";
import { Empty } from "../ui/Empty";
import { useNow } from "../ui/now";
import { usePages } from "../ui/pages";
import { ProblemNote } from "../ui/ProblemNote";
import { Sentinel } from "../ui/Sentinel";
import { attempt } from "../ui/toasts";
import { ago, moment } from "../ui/words";
import { useStore } from "../wire/store";
import type { Notice } from "./types";
import { markRead, readHere, unread, useNoticeNews } from "./unread";
import { did, placeOf } from "./words";

const idOf = ({ id }: Notice) => id;

/** What one should hear of, the newest first. */
export function Notices({ me, close }: { me: string; close: () => void }) {
  const pages = usePages<Notice>("/notifications?limit=30");
  const { refresh } = pages;
  const read = useCallback(() => refresh(idOf), [refresh]);
  useEffect(() => void read().catch(() => undefined), [read]); // what is remembered may be old
  useNoticeNews(me, read);
  const count = useStore(unread);
  const newest = pages.items[0];
  const all = () => attempt(async () => {
    if (newest) await markRead({ until: newest.id }, pages.items.map(idOf));
  });
  return (
    <section className="notices" aria-labelledby="notices" data-testid="notices">
      <div className="notices-top">
        <h2 id="notices">Notifications</h2>
        <button type="button" className="link" disabled={count === 0 || !newest} onClick={all} data-testid="read-all">Mark all as read</button>
      </div>
      <ul>
        {pages.items.map((notice) => <Row key={notice.id} notice={notice} close={close} />)}
      </ul>
      {pages.phase === "loading" && pages.items.length === 0 && <p className="muted notices-wait" role="status">Loading…</p>}
      {pages.phase === "ready" && pages.items.length === 0 && (
        <Empty icon="bell" title="Nothing yet">You hear here when somebody mentions or answers you, or says something about a version that you brought.</Empty>
      )}
      {pages.problem && <ProblemNote problem={pages.problem} again={pages.again} />}
      <Sentinel onNear={pages.more} turn={pages.items.length} />
    </section>
  );
}

function Row({ notice, close }: { notice: Notice; close: () => void }) {
  const isRead = useStore(readHere).has(notice.id) || notice.read_at !== null;
  const now = useNow(30_000);
  const name = nameOf(notice.by);
  const note = () => attempt(() => markRead({ ids: [notice.id] }, [notice.id]));
  const open = () => {
    if (!isRead) note();
    close();
  };
  return (
    <li className={isRead ? "notice" : "notice unread"} data-testid="notice" data-read={isRead}>
      <div onClick={open} className="notice-link">
        <Link href={placeOf(notice)}>
          <Face id={notice.by.id} name={name} />
          <span className="notice-words">
            <span><b>{name}</b> {did(notice.reason)} <b>{notice.asset_name}</b></span>
            <span className="sub"><span title={moment(notice.created_at)}>{ago(notice.created_at, now)}</span><span>version {notice.version}</span>{!isRead && <span className="sr-only">unread</span>}</span>
          </span>
        </Link>
      </div>
      {!isRead && <button type="button" className="notice-read" aria-label={`Mark as read: ${name} ${did(notice.reason)} ${notice.asset_name}`} title="Mark as read" onClick={note} data-testid="read-one" />}
    </li>
  );
}
