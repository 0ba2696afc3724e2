import type { Fact, Frame, JobStatus, JobView, ProgressFrame } from "../wire/types";

/** A job as the page holds it. */
export interface Row extends JobView {
  /** When it was made, in ms: the order of the table. */
  born: number;
  /** Patched by a fact, which says less than a GET would. */
  stale: boolean;
  /** When (ms, page clock) a fact first told of it; null when a list did. */
  arrivedAt: number | null;
}

export interface JobsState {
  rows: ReadonlyMap<string, Row>;
  /** Removed jobs: an answer that was under way must not bring them back. */
  gone: ReadonlySet<string>;
  /** The last place in the stream of facts; null before the first hello. */
  after: number | null;
  /** Grows when the lists have to be loaded again from the start. */
  epoch: number;
}

export const NOTHING: JobsState = { rows: new Map(), gone: new Set(), after: null, epoch: 0 };

const NO_MOVES = { retry: false, cancel: false, forget: false };

export function ended(status: JobStatus): boolean {
  return status === "COMPLETE" || status === "ERROR" || status === "CANCELLED";
}

/** UUIDv7 carries its birth in its first 48 bits, so a job known only from a fact still finds its place. */
export function bornAt(id: string, otherwise: string): number {
  return id[14] === "7" ? Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16) : Date.parse(otherwise);
}

/** Puts an answer of the server beside what is held: the newer revision wins, and progress never falls back. */
export function snapshot(state: JobsState, jobs: readonly JobView[]): JobsState {
  const rows = new Map(state.rows);
  for (const job of jobs) {
    const held = rows.get(job.id);
    if (state.gone.has(job.id) || (held && held.revision > job.revision)) continue;
    const same = held?.revision === job.revision && !ended(job.status);
    rows.set(job.id, {
      ...job,
      progress: same ? Math.max(held.progress, job.progress) : job.progress,
      born: Date.parse(job.created_at),
      stale: false,
      arrivedAt: held?.arrivedAt ?? null,
    });
  }
  return { ...state, rows };
}

/** Takes one row out, as the answer to a DELETE does before its fact arrives. */
export function forget(state: JobsState, id: string): JobsState {
  const rows = new Map(state.rows);
  rows.delete(id);
  return { ...state, rows, gone: new Set(state.gone).add(id) };
}

/** Applies frames in the order they came; `now` is the page's clock. */
export function receive(state: JobsState, frames: readonly Frame[], now: number): JobsState {
  const draft = { ...state, rows: new Map(state.rows) };
  for (const frame of frames) take(draft, frame, now);
  return draft;
}

type Draft = JobsState & { rows: Map<string, Row> };

function take(draft: Draft, frame: Frame, now: number): void {
  switch (frame.kind) {
    case "hello":
      // On a resumed connection the facts in between are still to come: only they move the place forward.
      draft.after ??= frame.upto;
      return;
    case "watermark":
      draft.after = Math.max(draft.after ?? 0, frame.upto);
      return;
    case "reset":
      startOver(draft, frame.upto);
      return;
    case "progress":
      raise(draft, frame);
      return;
    case "fact":
      draft.after = Math.max(draft.after ?? 0, frame.seq);
      learn(draft, frame, now);
  }
}

function startOver(draft: Draft, upto: number): void {
  draft.rows.clear();
  draft.gone = new Set();
  draft.after = upto;
  draft.epoch += 1;
}

function raise(draft: Draft, frame: ProgressFrame): void {
  const held = draft.rows.get(frame.job_id);
  if (!held || ended(held.status) || frame.progress < held.progress) return;
  draft.rows.set(held.id, { ...held, progress: frame.progress, step: frame.step ?? held.step });
}

function learn(draft: Draft, fact: Fact, now: number): void {
  if (fact.subject.kind !== "job") return;
  const held = draft.rows.get(fact.subject.id);
  if (fact.type === "job.deleted") {
    draft.rows.delete(fact.subject.id);
    draft.gone = new Set(draft.gone).add(fact.subject.id);
  } else if (fact.type === "job.status_changed" && !draft.gone.has(fact.subject.id)) {
    if (held && fact.revision <= held.revision) return;
    draft.rows.set(fact.subject.id, held ? patched(held, fact) : provisional(fact, now));
  } else if (fact.type === "pipeline.step.status_changed" && held && fact.revision >= held.revision) {
    // A step's fact may share its revision with the status that it brings about, so it never claims that revision.
    if (fact.data["status"] === "RUNNING" && !ended(held.status)) {
      draft.rows.set(held.id, { ...held, step: text(fact.data["step"]) });
    }
  }
}

function text(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

function told(fact: Fact) {
  return {
    status: fact.data["status"] as JobStatus,
    progress: Number(fact.data["progress"] ?? 0),
    error_message: text(fact.data["message"]),
    code: text(fact.data["code"]),
    remedy: text(fact.data["remedy"]),
    updated_at: fact.at,
    revision: fact.revision,
  };
}

// What may be done depends on the state and on the role, so after such a change only the server knows it.
function patched(held: Row, fact: Fact): Row {
  const news = told(fact);
  const turned = ended(held.status) !== ended(news.status);
  return {
    ...held,
    ...news,
    asset_id: text(fact.data["asset_id"]) ?? held.asset_id,
    completed_at: ended(news.status) ? (held.completed_at ?? fact.at) : null,
    can: turned ? NO_MOVES : held.can,
    stale: held.stale || turned,
  };
}

function provisional(fact: Fact, now: number): Row {
  const born = bornAt(fact.subject.id, fact.at);
  return {
    ...told(fact),
    id: fact.subject.id,
    upload_id: null,
    original_filename: text(fact.data["filename"]) ?? "…",
    size: null,
    step: null,
    asset_id: text(fact.data["asset_id"]),
    cms_id: null,
    duplicate: false,
    metadata: {},
    created_at: new Date(born).toISOString(),
    completed_at: null,
    can: NO_MOVES,
    born,
    stale: true,
    arrivedAt: now,
  };
}
