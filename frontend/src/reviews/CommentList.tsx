import { useMemo, type ReactNode } from "react";
import type { Member } from "../people/types";
import { Choice } from "../ui/Choice";
import { Empty } from "../ui/Empty";
import { useNow } from "../ui/now";
import { ProblemNote } from "../ui/ProblemNote";
import { attempt } from "../ui/toasts";
import { many } from "../ui/words";
import { useStore } from "../wire/store";
import type { Comments } from "./comments";
import { ThreadCard } from "./ThreadCard";
import { chosen as chosenOf, type Thread, type Which } from "./threads";

interface CommentListProps {
  comments: Comments;
  threads: readonly Thread[];
  numbers: ReadonlyMap<string, number>;
  /** In the order of the film, where there is one; otherwise the newest first. */
  byTime: boolean;
  which: Which;
  onWhich: (which: Which) => void;
  picked: string | null;
  onChoose: (id: string) => void;
  members: readonly Member[];
  mayComment: boolean;
  draftKey: string;
  children: ReactNode;
}

const MINUTE_MS = 60_000;

/** What was said of the version. */
export function CommentList({ comments, threads, numbers, byTime, which, onWhich, picked, onChoose, members, mayComment, draftKey, children }: CommentListProps) {
  const { phase, problem, next } = useStore(comments.said);
  const now = useNow(MINUTE_MS);
  const open = threads.filter(({ first }) => first.resolved_at === null).length;
  const listed = useMemo(() => inOrder(chosenOf(threads, which), byTime), [threads, which, byTime]);
  const options = [
    { value: "open", text: "Open", count: open }, { value: "resolved", text: "Resolved", count: threads.length - open }, { value: "all", text: "All", count: threads.length },
  ];
  return (
    <section className="review-comments" aria-labelledby="comments-title" data-testid="comments">
      <header className="review-comments-top">
        <h2 id="comments-title">Comments</h2>
        <Choice label="Which comments" options={options} value={which} onChoose={(value) => onWhich(value as Which)} />
        <span className="sr-only" role="status">{many(open, "open comment")}</span>
      </header>
      {children}
      {problem && <ProblemNote problem={problem} again={() => void comments.read()} />}
      {phase === "loading" && threads.length === 0 && <p className="muted" role="status">Loading…</p>}
      <ol className="threads">
        {listed.map((thread) => (
          <ThreadCard key={thread.first.id} thread={thread} number={numbers.get(thread.first.id) ?? 0} chosen={picked === thread.first.id} comments={comments}
            members={members} now={now} mayComment={mayComment} draftKey={draftKey} onChoose={onChoose} />
        ))}
      </ol>
      {next !== null && <button type="button" className="button" onClick={() => attempt(comments.older)}>Show older comments</button>}
      {phase === "ready" && listed.length === 0 && (
        <Empty icon="chat" title={threads.length === 0 ? "Nothing was said yet" : which === "open" ? "Nothing is open" : "Nothing is resolved"} />
      )}
    </section>
  );
}

function inOrder(threads: Thread[], byTime: boolean): Thread[] {
  const seconds = ({ first: { anchor } }: Thread) => (anchor?.frames ? (anchor.frames.start * anchor.frames.rate_den) / anchor.frames.rate_num : -1);
  return byTime ? threads.sort((a, b) => seconds(a) - seconds(b)) : threads.reverse();
}
