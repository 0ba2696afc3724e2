import { useEffect, useRef, useState, type ReactNode } from "react";
import type { Member } from "../people/types";
import { nameOf } from "../people/words";
import { Icon } from "../ui/Icon";
import { attempt } from "../ui/toasts";
import { ago, moment } from "../ui/words";
import type { Comments } from "./comments";
import { Composer, useDraft } from "./Composer";
import { NOTHING } from "./drafts";
import { decoded } from "./mentions";
import { AnchorWords, Text } from "./Said";
import type { Thread } from "./threads";
import type { Comment } from "./types";

export interface ThreadCardProps {
  thread: Thread;
  number: number;
  chosen: boolean;
  comments: Comments;
  members: readonly Member[];
  now: number;
  mayComment: boolean;
  draftKey: string;
  onChoose: (id: string) => void;
}

/** A comment, what was replied, and what can be done about it. */
export function ThreadCard({ thread: { first, replies }, number, chosen, comments, members, now, mayComment, draftKey, onChoose }: ThreadCardProps) {
  const card = useRef<HTMLLIElement>(null);
  const [replying, setReplying] = useState(false);
  useEffect(() => {
    if (chosen) card.current?.scrollIntoView({ block: "nearest" });
  }, [chosen]);
  const resolved = first.resolved_at !== null;
  const settle = () => attempt(() => comments.settle(first, resolved ? "reopen" : "resolve"));
  return (
    <li ref={card} className="thread" data-chosen={chosen || undefined} data-resolved={resolved || undefined} data-testid="thread" data-thread={first.id}>
      <OneComment comment={first} comments={comments} members={members} now={now} mayChange={mayComment}
        lead={<button type="button" className="pin" aria-label={`Comment ${number}: show where`} aria-pressed={chosen} onClick={() => onChoose(first.id)}>{number}</button>}>
        {first.anchor && (
          <button type="button" className="anchor" data-testid="anchor" onClick={() => onChoose(first.id)}><AnchorWords assetId={first.asset_id} anchor={first.anchor} /></button>
        )}
      </OneComment>
      {replies.length > 0 && (
        <ol className="replies">
          {replies.map((reply) => (
            <li key={reply.id}><OneComment comment={reply} comments={comments} members={members} now={now} mayChange={mayComment} /></li>
          ))}
        </ol>
      )}
      {resolved && first.resolved_by && <p className="fine-print resolved-by"><Icon name="check" size={14} /> Resolved by {nameOf(first.resolved_by)} {ago(first.resolved_at ?? "", now)}</p>}
      {mayComment && !replying && (
        <p className="thread-moves">
          <button type="button" className="link quiet" onClick={() => setReplying(true)} data-testid="reply">Reply</button>
          {first.can.resolve && <button type="button" className="link quiet" onClick={settle} data-testid={resolved ? "reopen" : "resolve"}>{resolved ? "Reopen" : "Resolve"}</button>}
        </p>
      )}
      {mayComment && replying && <ReplyBox first={first} comments={comments} members={members} draftKey={`${draftKey}/${first.id}`} onDone={() => setReplying(false)} />}
    </li>
  );
}

function ReplyBox({ first, comments, members, draftKey, onDone }: { first: Comment; comments: Comments; members: readonly Member[]; draftKey: string; onDone: () => void }) {
  const [draft, setDraft] = useDraft(draftKey);
  const send = async (what: { id: string; text: string }) => {
    await comments.say({ ...what, reply_to: first.id });
    onDone();
  };
  return <Composer draft={draft} onDraft={setDraft} send={send} members={members} after={first.id} label={`Reply to ${nameOf(first.author)}`} action="Reply" autoFocus onCancel={onDone} testId="reply-box" />;
}

interface OneProps {
  comment: Comment;
  comments: Comments;
  members: readonly Member[];
  now: number;
  mayChange: boolean;
  lead?: ReactNode;
  children?: ReactNode;
}

function OneComment({ comment, comments, members, now, mayChange, lead, children }: OneProps) {
  const [editing, setEditing] = useState(false);
  const [sure, setSure] = useState(false);
  const edited = comment.edited_at && (comment.edited_by && comment.edited_by.id !== comment.author.id ? `edited by ${nameOf(comment.edited_by)}` : "edited");
  return (
    <article className="said" tabIndex={-1} data-testid="comment" data-comment={comment.id}>
      <header className="said-top">
        {lead}
        <strong>{nameOf(comment.author)}</strong>
        <time className="muted" dateTime={comment.created_at} title={moment(comment.created_at)}>{ago(comment.created_at, now)}</time>
        {edited && <span className="muted" title={moment(comment.edited_at ?? "")}>{edited}</span>}
        {mayChange && !editing && (
          <span className="said-moves" onBlur={() => setSure(false)}>
            {comment.can.edit && <button type="button" className="link quiet" onClick={() => setEditing(true)} data-testid="edit">Edit</button>}
            {comment.can.delete && (
              <button type="button" className={sure ? "link quiet bad-text" : "link quiet"} data-testid="delete"
                onClick={() => (sure ? attempt(() => comments.remove(comment)) : setSure(true))}>{sure ? "Really delete?" : "Delete"}</button>
            )}
          </span>
        )}
      </header>
      {children}
      {comment.deleted_at !== null && <p className="muted said-text" data-testid="comment-deleted">This comment was deleted.</p>}
      {comment.deleted_at === null && !editing && <Text text={comment.text} people={comment.mentions} />}
      {editing && <EditBox comment={comment} comments={comments} members={members} onDone={() => setEditing(false)} />}
    </article>
  );
}

function EditBox({ comment, comments, members, onDone }: { comment: Comment; comments: Comments; members: readonly Member[]; onDone: () => void }) {
  const people = [...members, ...comment.mentions];
  const [draft, setDraft] = useState({ ...NOTHING, text: decoded(comment.text, people) });
  const send = async ({ text }: { text: string }) => {
    await comments.edit(comment, text);
    onDone();
  };
  return <Composer draft={draft} onDraft={setDraft} send={send} members={members} also={comment.mentions} label="In other words" action="Save" autoFocus onCancel={onDone} testId="edit-box" />;
}
