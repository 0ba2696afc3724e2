import { describe, expect, test } from "vitest";
import type { Fact, Frame, JobStatus, JobView } from "../wire/types";
import { bornAt, forget, NOTHING, receive, snapshot, type JobsState } from "./jobs";

const ID = "01900000-0000-7000-8000-000000000001";

function job(over: Partial<JobView> = {}): JobView {
  return {
    id: ID,
    upload_id: null, original_filename: "rock.unitypackage",
    size: 10,
    status: "PROCESSING",
    progress: 40,
    error_message: null,
    code: null,
    step: null,
    remedy: null,
    asset_id: null,
    cms_id: null,
    duplicate: false,
    metadata: {},
    created_at: "2026-01-01T00:00:00Z",
    updated_at: "2026-01-01T00:00:00Z",
    completed_at: null,
    revision: 5,
    can: { retry: false, cancel: true, forget: false },
    ...over,
  };
}

function moved(revision: number, status: JobStatus, progress: number, over: Partial<Fact> = {}): Fact {
  return {
    kind: "fact",
    id: `f${revision}`,
    seq: revision,
    type: "job.status_changed",
    at: "2026-01-01T00:00:01Z",
    actor: "system",
    subject: { kind: "job", id: ID },
    revision,
    correlation_id: "c",
    data: { status, progress, filename: "rock.unitypackage", asset_id: null, code: null, message: null, remedy: null },
    ...over,
  };
}

const held = snapshot(NOTHING, [job()]);
const after = (state: JobsState, ...frames: Frame[]) => receive(state, frames, 0);
const row = (state: JobsState) => state.rows.get(ID);

describe("facts", () => {
  test("a newer revision patches the row", () => {
    expect(row(after(held, moved(6, "PUBLISHING", 90)))).toMatchObject({ status: "PUBLISHING", progress: 90, revision: 6 });
  });

  test("a revision that is held, or older, changes nothing", () => {
    const state = after(held, moved(5, "QUEUED", 0), moved(4, "UPLOADING", 1));
    expect(row(state)).toEqual(row(held));
  });

  test("facts out of order leave the newest", () => {
    const state = after(held, moved(8, "COMPLETE", 100), moved(7, "PUBLISHING", 90), moved(6, "PROCESSING", 50));
    expect(row(state)).toMatchObject({ status: "COMPLETE", progress: 100, revision: 8 });
  });

  test("replaying everything ends in the same rows", () => {
    const story = [moved(6, "PUBLISHING", 90), moved(7, "ERROR", 90), moved(8, "QUEUED", 0), moved(9, "PROCESSING", 10)];
    const once = after(held, ...story);
    expect(after(once, ...story).rows).toEqual(once.rows);
  });

  test("a failure carries its sentence and remedy, and what may be done is asked again", () => {
    const data = { status: "ERROR", progress: 40, code: "package_corrupt", message: "bad sum", remedy: "export it again" };
    const state = after(held, moved(6, "ERROR", 40, { data }));
    expect(row(state)).toMatchObject({ error_message: "bad sum", remedy: "export it again", stale: true });
    expect(row(state)?.can).toEqual({ retry: false, cancel: false, forget: false });
  });

  test("a retry wipes the failure and lets progress start again", () => {
    const failed = snapshot(NOTHING, [job({ status: "ERROR", error_message: "x", revision: 6, completed_at: "2026-01-01T00:00:09Z" })]);
    expect(row(after(failed, moved(7, "QUEUED", 0)))).toMatchObject({
      status: "QUEUED", progress: 0, error_message: null, completed_at: null, stale: true,
    });
  });

  test("an unknown job gets a row of its own, placed by the time in its id", () => {
    const state = after(NOTHING, moved(1, "UPLOADING", 0));
    expect(row(state)).toMatchObject({ original_filename: "rock.unitypackage", stale: true, born: bornAt(ID, "") });
  });

  test("a step never claims the revision of the status that it brings about", () => {
    const step = moved(6, "PROCESSING", 0, { type: "pipeline.step.status_changed", data: { step: "unity.unpack", status: "RUNNING" } });
    const state = after(held, step, moved(6, "PUBLISHING", 80));
    expect(row(state)).toMatchObject({ step: "unity.unpack", status: "PUBLISHING", revision: 6 });
  });

  test("a removed job stays removed, whatever still arrives", () => {
    const state = after(held, moved(6, "COMPLETE", 100, { type: "job.deleted", data: {} }), moved(7, "QUEUED", 0));
    expect(snapshot(state, [job({ revision: 9 })]).rows.size).toBe(0);
    expect(snapshot(forget(held, ID), [job({ revision: 9 })]).rows.size).toBe(0);
  });
});

describe("progress", () => {
  const at = (progress: number): Frame => ({ kind: "progress", job_id: ID, progress, step: "unity.unpack" });

  test("only rises", () => {
    expect(row(after(held, at(60), at(55), at(61), at(12)))?.progress).toBe(61);
  });

  test("says nothing once the job has ended", () => {
    const complete = after(held, moved(6, "ERROR", 40));
    expect(row(after(complete, at(99)))?.progress).toBe(40);
  });

  test("of a job that is not held is dropped", () => {
    expect(after(NOTHING, at(10)).rows.size).toBe(0);
  });

  test("survives a snapshot of the same revision that is behind", () => {
    expect(row(snapshot(after(held, at(70)), [job({ progress: 45 })]))?.progress).toBe(70);
  });
});

describe("snapshots", () => {
  test("an answer older than a fact changes nothing", () => {
    const state = after(held, moved(7, "COMPLETE", 100));
    expect(row(snapshot(state, [job({ revision: 6 })]))?.status).toBe("COMPLETE");
  });

  test("an answer as new as the fact completes the row", () => {
    const state = snapshot(after(held, moved(7, "COMPLETE", 100)), [job({ revision: 7, status: "COMPLETE", progress: 100, cms_id: "9" })]);
    expect(row(state)).toMatchObject({ cms_id: "9", stale: false });
  });

  test("the state given is never changed", () => {
    const before = JSON.stringify([...held.rows]);
    after(held, moved(9, "COMPLETE", 100), { kind: "reset", upto: 50 });
    expect(JSON.stringify([...held.rows])).toBe(before);
  });
});

describe("the place in the stream", () => {
  test("starts at the first hello and follows facts and watermarks, never back", () => {
    let state = after(NOTHING, { kind: "hello", upto: 10 });
    expect(state.after).toBe(10);
    state = after(state, moved(6, "QUEUED", 0, { seq: 12 }), { kind: "watermark", upto: 15 }, moved(7, "QUEUED", 0, { seq: 13 }));
    expect(state.after).toBe(15);
  });

  test("is not moved by the hello of a resumed connection, whose facts are still to come", () => {
    const state = after(after(NOTHING, { kind: "hello", upto: 10 }), { kind: "hello", upto: 90 });
    expect(state.after).toBe(10);
  });

  test("a reset forgets the rows and asks for the lists again", () => {
    const state = after(held, { kind: "reset", upto: 99 });
    expect(state).toMatchObject({ after: 99, epoch: held.epoch + 1 });
    expect(state.rows.size).toBe(0);
  });
});
