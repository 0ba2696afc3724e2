import { useEffect, useState } from "react";
import { many } from "../ui/words";
import { feed } from "./live";

const REST_MS = 1_200;

/** Tells screen readers how jobs ended, together when many end at once. */
export function Announcer() {
  const [said, setSaid] = useState("");
  useEffect(() => {
    let news: { name: string; status: string }[] = [];
    let timer: number | undefined;
    const say = () => {
      setSaid(summary(news));
      news = [];
      timer = undefined;
    };
    const stop = feed.onFact((fact) => {
      const status = String(fact.data["status"]);
      if (fact.type !== "job.status_changed" || !(status in ENDS)) return;
      news.push({ name: String(fact.data["filename"]), status });
      timer ??= window.setTimeout(say, REST_MS);
    });
    return () => {
      stop();
      window.clearTimeout(timer);
    };
  }, []);
  return (
    <div className="sr-only" aria-live="polite" role="status" data-testid="announcer">
      {said}
    </div>
  );
}

const ENDS: Record<string, string> = { COMPLETE: "ready", ERROR: "failed", CANCELLED: "cancelled" };

function summary(news: readonly { name: string; status: string }[]): string {
  if (news.length <= 3) return news.map(({ name, status }) => `${name}: ${ENDS[status]}.`).join(" ");
  const parts = Object.entries(ENDS).map(([status, word]) => [news.filter((n) => n.status === status).length, word] as const);
  return parts.filter(([count]) => count > 0).map(([count, word]) => `${many(count, "job")} ${word}.`).join(" ");
}
