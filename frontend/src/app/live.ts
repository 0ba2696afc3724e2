import { checkSession, session } from "../access/session";
import { JobFeed } from "../jobs/feed";
import { UploadQueue } from "../uploads/queue";
import { send } from "../uploads/send";

/** The two long-lived parts of the page; uploads go on while a person looks at other pages. */
export const feed = new JobFeed(() => void checkSession());

const PROBE_PATIENCE_MS = 5_000;

/** An answer that only a server of ours would give; a proxy's error page is an outage too. */
async function reachable(): Promise<boolean> {
  if (session.get().phase !== "in") return false;
  try {
    const answer = await fetch("/healthz", { cache: "no-store", signal: AbortSignal.timeout(PROBE_PATIENCE_MS) });
    return answer.ok;
  } catch {
    return false;
  }
}

export const uploads = new UploadQueue({
  send,
  landed: (job) => feed.learn([job]),
  reachable,
  now: () => performance.now(),
  later: (run, ms) => window.setTimeout(run, ms),
});
