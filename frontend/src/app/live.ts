import { checkSession, session } from "../access/session";
import { Arrivals } from "../assets/arrivals";
import { JobFeed } from "../jobs/feed";
import { attempt } from "../ui/toasts";
import { LargestFile, refusal } from "../uploads/checks";
import { Checkpoints } from "../uploads/checkpoints";
import { windowClaims } from "../uploads/claims";
import { Digests } from "../uploads/digests";
import { fingerprint } from "../uploads/fingerprint";
import { inspect } from "../uploads/inspect";
import { UploadQueue } from "../uploads/queue";
import { send, type RoadNeeds } from "../uploads/road";
import { Room } from "../uploads/room";
import { Shelf, type ShelfNeeds } from "../uploads/shelf";
import { RESUMABLE_FROM } from "../uploads/slices";
import type { Ticket, Upload } from "../uploads/upload";
import { Database } from "../wire/database";
import { Broken, exchange } from "../wire/exchange";
import { API, get } from "../wire/http";
import { Plans } from "../wire/plans";
import { Problem } from "../wire/problem";
import { Tus } from "../wire/tus";
import type { JobView } from "../wire/types";

/** The long-lived parts of the page; uploads go on while a person looks at other pages. */
export const feed = new JobFeed(() => void checkSession());
export const arrivals = new Arrivals();
export const tus = new Tus(exchange);
export const plans = new Plans(exchange);
export const largest = new LargestFile(() => tus.largest());
export const shelf = new Shelf({ storage: storage(), claims: windowClaims, owner, now: () => Date.now() });

const database = new Database();
export const checkpoints = new Checkpoints({ files: database.table("checkpoints"), groups: database.table("unfinished"), now: () => Date.now() });

const PROBE_PATIENCE_MS = 5_000;

const around = { reachable, rest, now: () => performance.now(), chance: Math.random };
const PARTS_AT_ONCE = 4; // browsers allow six connections to a host, and it may be ours

const digests = new Digests();

const roadNeeds: RoadNeeds = {
  ...around, tus, shelf, checkpoints, exchange, job, hasAsset, open, inspect, print,
  parts: { ...around, plans, md5: (bytes) => digests.of(bytes), room: new Room(PARTS_AT_ONCE) },
};

export const uploads = new UploadQueue({
  send: (upload, hears) => send(roadNeeds, upload, hears),
  refusal: (file) => refusal(file, largest.bytes),
  landed: (job, { target }) => {
    feed.learn([job]);
    if (target) arrivals.add(target, job.id);
  },
  emptied: ({ known }) => void (known !== null && checkpoints.ended(known)),
  discard: (ticket) => attempt(() => discard(ticket)),
  reachable,
  now: () => performance.now(),
  later: (run, ms) => window.setTimeout(run, ms),
});

/** Lets uploads hear of what happens around them. Call once. */
export function watchAround(): void {
  window.addEventListener("online", () => uploads.wake());
  window.addEventListener("storage", () => void shelf.refresh());
  let last = "";
  session.subscribe(() => {
    if (session.get().phase !== "in") return;
    if (last !== "" && last !== owner()) uploads.cancelAll(); // nobody sends in another one's name
    last = owner();
    uploads.wake();
  });
  feed.onFact(({ type, subject, data }) => {
    if (type !== "job.status_changed" || data["status"] !== "CANCELLED") return;
    shelf.forgetJob(subject.id);
    uploads.ended(subject.id);
  });
}

function owner(): string {
  const state = session.get();
  return state.phase === "in" ? `${state.me.studio.id}/${state.me.member.id}` : "";
}

// It may be forbidden: then nothing is remembered.
function storage(): ShelfNeeds["storage"] {
  try {
    return window.localStorage;
  } catch {
    return { length: 0, key: () => null, getItem: () => null, setItem: () => undefined, removeItem: () => undefined };
  }
}

/** An answer that only a server of ours would give; a proxy's error page is an outage too. */
async function reachable(): Promise<boolean> {
  if (session.get().phase !== "in" || !navigator.onLine) return false;
  try {
    const answer = await fetch("/healthz", { cache: "no-store", signal: AbortSignal.timeout(PROBE_PATIENCE_MS) });
    return answer.ok;
  } catch {
    return false;
  }
}

/** The server says which road the bytes take: through it, or in parts straight to where they live. */
async function open({ file, lane, group, target }: Upload) {
  const plan = await plans.open({
    filename: file.name.toWellFormed(), size: file.size, content_type: file.type || null, group_id: group ? await group.id() : null, lane,
    ...(file.size <= RESUMABLE_FROM && { method: "resumable" as const }), // straight to the store such a file would go whole, not in parts
    ...(target && { asset_id: target.id, change_note: target.note }),
  });
  const partSize = plan.method === "multipart" ? plan.part_size : null;
  return { url: `${API}/files/${plan.upload_id}`, jobId: plan.job_id, partSize };
}

/** A file of a group is told by its place in it as well; the group is open by then. */
function print({ file, path, group, target }: Upload): Promise<string | null> {
  return fingerprint(file, owner(), group ? [group.known ?? "", path] : target ? [target.id] : []);
}

function job(id: string): Promise<JobView | null> {
  return ifThere(get<JobView>(`/jobs/${encodeURIComponent(id)}`));
}

async function hasAsset(id: string): Promise<boolean> {
  const asset = await ifThere(get<{ trashed_at: string | null }>(`/assets/${encodeURIComponent(id)}`));
  return asset !== null && asset.trashed_at === null; // sending it again brings it back from the trash
}

async function ifThere<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (error.status === 404) return null;
    throw error.status === 0 ? new Broken() : error;
  }
}

/** Frees what the server holds, unless another window goes on with it. */
async function discard({ url, print }: Ticket): Promise<void> {
  const claim = print === null ? null : await shelf.claim(print);
  if (print !== null && !claim) return;
  try {
    if (print !== null) shelf.forget(print);
    await tus.end(url);
  } catch (error) {
    throw error instanceof Broken ? left() : error;
  } finally {
    claim?.release();
  }
}

function left(): Problem {
  return new Problem({
    status: 0, code: "unreachable", detail: "The upload was stopped here, but the server could not be told",
    remedy: "It forgets the upload by itself after a while; its row can be cancelled earlier.",
  });
}

function rest(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = window.setTimeout(done, ms);
    function done() {
      signal.removeEventListener("abort", stopped);
      resolve();
    }
    function stopped() {
      window.clearTimeout(timer);
      reject(signal.reason);
    }
    signal.addEventListener("abort", stopped, { once: true });
  });
}
