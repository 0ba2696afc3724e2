import { useState } from "react";
import { uploads } from "../app/live";
import { Icon, type IconName } from "../ui/Icon";
import { Progress } from "../ui/Progress";
import { attempt } from "../ui/toasts";
import { bytes } from "../ui/words";
import { pace } from "../uploads/pace";
import { post, remove } from "../wire/http";
import { useStore } from "../wire/store";
import type { GroupView } from "../wire/types";
import { countersOf, endedIn, filesIn, groupWord } from "./words";

/** How a group stands, and while this window sends to it, how fast and for how long. */
export function GroupState({ group }: { group: GroupView }) {
  const { text, tone } = groupWord(group);
  const files = filesIn(group);
  return (
    <>
      <span className={`chip ${tone}`} data-testid="group-status">{text}</span>
      {group.status === "IN_PROGRESS" && <Progress value={(100 * endedIn(group)) / Math.max(1, files)} label={`Files of ${group.name} that have ended`} />}
    </>
  );
}

export function GroupFigures({ group }: { group: GroupView }) {
  const sending = useStore(uploads.view).groups.find(({ id }) => id === group.id);
  return (
    <>
      <span>{countersOf(group)}</span>
      {sending && sending.bytesSent < sending.bytes && (
        <span data-testid="group-speed">
          {[`${bytes(sending.bytesSent)} of ${bytes(sending.bytes)} sent`, ...pace(sending)].join(" · ")}
        </span>
      )}
    </>
  );
}

interface Move {
  name: "retry" | "cancel" | "delete";
  text: string;
  icon: IconName;
}

/** What may be done with all of its files at once. */
export function GroupMoves({ group, onDone }: { group: GroupView; onDone: (gone: boolean) => void }) {
  const [busy, setBusy] = useState(false);
  const live = filesIn(group) > endedIn(group);
  const moves: Move[] = [];
  if (group.retryable > 0) moves.push({ name: "retry", text: "Retry failed files", icon: "retry" });
  if (live) moves.push({ name: "cancel", text: "Cancel all", icon: "stop" });
  else moves.push({ name: "delete", text: "Remove from history", icon: "trash" });
  const run = ({ name }: Move) => {
    if (busy) return; // not disabled: that would take the focus away
    setBusy(true);
    attempt(async () => {
      try {
        if (name === "delete") await remove(`/groups/${group.id}`);
        else await post<GroupView>(`/groups/${group.id}/${name}`);
        onDone(name === "delete");
      } finally {
        setBusy(false);
      }
    });
  };
  return moves.map((move) => (
    <button key={move.name} type="button" className="button" aria-disabled={busy} onClick={() => run(move)} data-testid={`group-${move.name}`}
      title={move.name === "delete" ? "Its assets stay" : undefined}>
      <Icon name={move.icon} size={16} /> {move.text}
    </button>
  ));
}
