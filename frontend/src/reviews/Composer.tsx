import { useId, useRef, useState, type KeyboardEvent, type ReactNode, type RefObject } from "react";
import type { Member } from "../people/types";
import { ProblemNote } from "../ui/ProblemNote";
import { asProblem, type Problem } from "../wire/problem";
import type { Person } from "../wire/types";
import { Drafts, NOTHING, type Draft } from "./drafts";
import { madeAt, newId } from "./ids";
import { asked, encoded, handle, suggested } from "./mentions";

export const drafts = new Drafts();

const LONGEST = 10_000;
const ID_LASTS_MS = 20 * 3600_000; // the server takes ids of the last day

/** A draft that survives a reload. It is kept as it changes, also once its box is gone. */
export function useDraft(key: string): [Draft, (draft: Draft) => void] {
  const [draft, setDraft] = useState(() => drafts.read(key));
  const keep = (next: Draft) => {
    drafts.keep(key, next);
    setDraft(next);
  };
  return [draft, keep];
}

export interface Outgoing {
  id: string;
  text: string;
}

interface ComposerProps {
  draft: Draft;
  onDraft: (draft: Draft) => void;
  /** Says it; what it throws is shown, and the text stays. */
  send: (what: Outgoing) => Promise<void>;
  members: readonly Member[];
  /** Who may be named besides the members of today. */
  also?: readonly Person[];
  label: string;
  action: string;
  autoFocus?: boolean;
  onCancel?: () => void;
  box?: RefObject<HTMLTextAreaElement | null>;
  testId: string;
  /** No id may be older than this one. */
  after?: string;
  children?: ReactNode;
}

/** A box to say something in. While it is sent it is shown as said; if that fails it is back in the box, with the reason. */
export function Composer(props: ComposerProps) {
  const { draft, onDraft, send, members, also = [], label, action, testId, after, onCancel, children } = props;
  const own = useRef<HTMLTextAreaElement>(null);
  const box = props.box ?? own;
  const [sending, setSending] = useState<string | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const people = [...members, ...also];
  const suggestions = useSuggestions(box, draft, (text) => onDraft({ ...draft, text }), members);
  const submit = async () => {
    const text = draft.text.trim();
    if (text === "" || sending !== null) return;
    const id = lasting(draft.id, after);
    onDraft({ ...draft, id });
    setSending(draft.text);
    setProblem(null);
    try {
      await send({ id, text: encoded(text, people) });
      onDraft(NOTHING);
    } catch (error) {
      setProblem(asProblem(error));
    } finally {
      setSending(null);
    }
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (suggestions.onKeyDown(event)) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      void submit();
    } else if (event.key === "Escape") {
      if (onCancel) onCancel();
      else box.current?.blur();
    }
  };
  return (
    <form className="composer" data-testid={testId} onSubmit={(event) => {
      event.preventDefault();
      void submit();
    }}>
      {sending !== null && <div className="said ghost" role="status"><p className="said-text">{sending}</p><p className="fine-print">Sending…</p></div>}
      {problem && <ProblemNote problem={problem} testId="composer-problem" />}
      <div className="composer-box">
        <textarea ref={box} className="field" rows={2} aria-label={label} placeholder={label} value={sending === null ? draft.text : ""} readOnly={sending !== null}
          maxLength={LONGEST} autoFocus={props.autoFocus} data-testid="composer-text" {...suggestions.aria} onKeyDown={onKeyDown}
          onChange={(event) => {
            onDraft({ ...draft, text: event.target.value });
            suggestions.look();
          }} onSelect={suggestions.look} onBlur={suggestions.close} />
        {suggestions.list}
      </div>
      <div className="composer-row">
        {children}
        {onCancel && <button type="button" className="button quiet" onClick={onCancel}>Cancel</button>}
        <button type="submit" className="button primary" disabled={draft.text.trim() === "" || sending !== null} title="Ctrl or ⌘ and Enter" data-testid="composer-send">{action}</button>
      </div>
    </form>
  );
}

function lasting(id: string | null, after: string | undefined): string {
  const now = Math.max(Date.now(), after === undefined ? 0 : madeAt(after) + 1);
  return id !== null && now - madeAt(id) < ID_LASTS_MS ? id : newId(now);
}

/** Names behind an `@`, chosen with the arrows and Enter. */
function useSuggestions(box: RefObject<HTMLTextAreaElement | null>, draft: Draft, write: (text: string) => void, members: readonly Member[]) {
  const [caret, setCaret] = useState(-1);
  const [place, setPlace] = useState(0);
  const open = caret < 0 ? null : asked(draft.text, caret);
  const found = open ? suggested(open.begun, members) : [];
  const listId = useId();
  const at = Math.min(place, found.length - 1);
  const look = () => {
    const { selectionStart = -1, selectionEnd = -1 } = box.current ?? {};
    setCaret(selectionStart === selectionEnd ? selectionStart : -1);
  };
  const close = () => setCaret(-1);
  const choose = (member: Member | undefined) => {
    if (!open || !member) return;
    const before = `${draft.text.slice(0, open.from)}${handle(member, members)} `;
    write(before + draft.text.slice(caret));
    close();
    requestAnimationFrame(() => box.current?.setSelectionRange(before.length, before.length));
  };
  const onKeyDown = (event: KeyboardEvent): boolean => {
    if (found.length === 0 || event.ctrlKey || event.metaKey) return false;
    const moves: Record<string, () => void> = {
      ArrowDown: () => setPlace((at + 1) % found.length),
      ArrowUp: () => setPlace((at + found.length - 1) % found.length),
      Enter: () => choose(found[at]),
      Tab: () => choose(found[at]),
      Escape: close,
    };
    const move = moves[event.key];
    if (!move) return false;
    event.preventDefault();
    event.stopPropagation();
    move();
    return true;
  };
  const list = found.length > 0 && (
    <ul id={listId} className="suggestions" role="listbox" aria-label="People">
      {found.map((member, index) => (
        <li key={member.id} id={`${listId}-${index}`} role="option" aria-selected={index === at} data-testid="suggestion"
          onPointerDown={(event) => event.preventDefault()} onClick={() => choose(member)}>
          {member.name} <span className="muted">{member.role.toLowerCase()}</span>
        </li>
      ))}
    </ul>
  );
  const chosen = found.length > 0 && { "aria-controls": listId, "aria-activedescendant": `${listId}-${at}` };
  return { look, close, onKeyDown, list, aria: { "aria-autocomplete": "list", ...chosen } as const };
}
