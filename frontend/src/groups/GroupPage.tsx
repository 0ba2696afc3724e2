import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { feed, uploads } from "../app/live";
import { useFollowed } from "../app/news";
import { go, Link } from "../app/router";
import { useTitle } from "../app/title";
import type { Row } from "../jobs/jobs";
import { JobTable, type Line } from "../jobs/JobTable";
import { DropZone } from "../uploads/DropZone";
import { Interrupted } from "../uploads/Interrupted";
import { SendingStrip } from "../uploads/SendingStrip";
import { withoutTwins } from "../uploads/twins";
import { Empty } from "../ui/Empty";
import { useKeptFocus } from "../ui/focus";
import { ProblemNote } from "../ui/ProblemNote";
import { get, query } from "../wire/http";
import { useStore } from "../wire/store";
import type { Fact, GroupView, JobView, Page } from "../wire/types";
import { GroupFigures, GroupMoves, GroupState } from "./GroupParts";

const TOGETHER_MS = 300;
const PAGE = 100;

/** One group: how it stands as a whole, and its files as they move. */
export function GroupPage({ id }: { id: string }) {
  const concerns = useCallback((fact: Fact) => fact.data["group_id"] === id, [id]);
  const { value: group, problem, again } = useFollowed(id, (signal) => get<GroupView>(`/groups/${id}`, signal), concerns, TOGETHER_MS);
  const { lines, more, isReady } = useFiles(id);
  const head = useRef<HTMLElement>(null);
  const kept = useKeptFocus(head);
  useTitle(group?.name ?? "Group");
  if (problem && !group) return <div className="page"><Link href="/groups" className="back">All groups</Link><ProblemNote problem={problem} again={again} /></div>;
  if (!group) return <p className="page muted" role="status">Loading…</p>;
  return (
    <div className="page">
      <Link href="/groups" className="back">All groups</Link>
      <section ref={head} {...kept} tabIndex={-1} className="group-head" aria-label="Group" data-testid="group-head">
        <div className="group-words">
          <h1>{group.name}</h1>
          {group.description && <p>{group.description}</p>}
          <p className="sub"><GroupFigures group={group} /></p>
        </div>
        <div className="group-state"><GroupState group={group} /></div>
        <div className="drawer-moves"><GroupMoves group={group} onDone={(gone) => (gone ? go("/groups") : again())} /></div>
      </section>
      <DropZone into={group} />
      <Interrupted />
      <SendingStrip />
      {lines.length > 0 && <JobTable lines={lines} more={more} />}
      {isReady && lines.length === 0 && <Empty icon="upload" title="No file yet">Drop files here: they join this group.</Empty>}
    </div>
  );
}

/** Its files: those that this window sends, then the jobs that the server lists or facts tell of. */
function useFiles(id: string): { lines: readonly Line[]; more: () => void; isReady: boolean } {
  const { rows, epoch } = useStore(feed.jobs);
  const queue = useStore(uploads.view);
  const listed = useListed(id, epoch);
  const lines = useMemo<readonly Line[]>(() => {
    const mine = queue.rows.filter(({ group }) => group?.known === id);
    const jobs = [...listed.ids].flatMap((job) => rows.get(job) ?? ([] as Row[])).sort((a, b) => b.born - a.born || (a.id < b.id ? 1 : -1));
    return [...mine.map((upload) => ({ key: `upload-${upload.key}`, upload })), ...withoutTwins(jobs, mine).map((job) => ({ key: job.id, job }))];
  }, [rows, queue, listed.ids, id]);
  return { lines, more: listed.more, isReady: listed.isReady };
}

function useListed(id: string, epoch: number) {
  const [ids, setIds] = useState<ReadonlySet<string>>(new Set());
  const [next, setNext] = useState<string | null>("");
  const [busy, setBusy] = useState(false);
  const load = useCallback(async (cursor: string) => {
    setBusy(true);
    try {
      const page = await get<Page<JobView>>(`/groups/${id}/jobs${query({ limit: PAGE, cursor })}`);
      feed.learn(page.items);
      setIds((held) => new Set([...held, ...page.items.map((job) => job.id)]));
      setNext(page.next_cursor);
    } catch {
      setNext(null); // the head of the page says what is wrong
    } finally {
      setBusy(false);
    }
  }, [id]);
  useEffect(() => {
    void load("");
    return feed.onFact((fact) => {
      if (fact.data["group_id"] === id && fact.subject.kind === "job") setIds((held) => (held.has(fact.subject.id) ? held : new Set([...held, fact.subject.id])));
    });
  }, [load, epoch, id]);
  const more = useCallback(() => void (next && !busy && load(next)), [next, busy, load]);
  return { ids, more, isReady: !busy };
}
