import { useState } from "react";
import { feed } from "../app/live";
import { Icon, type IconName } from "../ui/Icon";
import { attempt } from "../ui/toasts";
import type { Row } from "./jobs";

interface Move {
  name: "retry" | "cancel" | "forget";
  text: string;
  icon: IconName;
}

const MOVES: readonly Move[] = [
  { name: "retry", text: "Retry", icon: "retry" },
  { name: "cancel", text: "Cancel", icon: "stop" },
  { name: "forget", text: "Remove from history", icon: "trash" },
];

/** What this person may do with the job now, as the server says. */
export function JobMoves({ job, wide = false, onForget }: { job: Row; wide?: boolean; onForget?: () => void }) {
  const [busy, setBusy] = useState(false);
  const run = ({ name }: Move) => {
    if (busy) return; // not disabled: that would take the focus away
    setBusy(true);
    attempt(async () => {
      try {
        await feed[name](job.id);
        if (name === "forget") onForget?.();
      } finally {
        setBusy(false);
      }
    });
  };
  return MOVES.filter(({ name }) => job.can[name]).map((move) => (
    <button key={move.name} type="button" aria-disabled={busy} onClick={() => run(move)} className={wide ? "button" : "button quiet square"}
      aria-label={wide ? undefined : `${move.text}: ${job.original_filename}`} title={move.text} data-testid={`job-${move.name}`}>
      <Icon name={move.icon} size={wide ? 16 : 18} />
      {wide && move.text}
    </button>
  ));
}
