import { describe, expect, test } from "vitest";
import type { JobView } from "../wire/types";
import { NOTHING, receive, snapshot } from "./jobs";
import { EVERYTHING, fresh, loaded, shown } from "./listing";

function job(minute: number, over: Partial<JobView> = {}): JobView {
  const at = new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString();
  return {
    id: `00000000-0000-4000-8000-0000000000${String(minute).padStart(2, "0")}`,
    upload_id: null, original_filename: `file-${minute}.png`,
    size: 1, status: "COMPLETE", progress: 100, error_message: null, code: null, step: null, remedy: null, asset_id: null,
    cms_id: null, duplicate: false, metadata: {}, created_at: at, updated_at: at, completed_at: at, revision: 3,
    can: { retry: false, cancel: false, forget: true },
    ...over,
  };
}

const names = (rows: readonly JobView[]) => rows.map((row) => row.original_filename);

describe("what the table shows", () => {
  test("newest first, and nothing before the first page is there", () => {
    const state = snapshot(NOTHING, [job(1), job(3), job(2)]);
    expect(shown(state, fresh(EVERYTHING))).toEqual([]);
    const listing = loaded(fresh(EVERYTHING), { items: [job(3), job(2), job(1)], next_cursor: null });
    expect(names(shown(state, listing))).toEqual(["file-3.png", "file-2.png", "file-1.png"]);
  });

  test("rows older than what was loaded wait for their page", () => {
    const state = snapshot(NOTHING, [job(9), job(8), job(2)]);
    const listing = loaded(fresh(EVERYTHING), { items: [job(9), job(8)], next_cursor: "more" });
    expect(names(shown(state, listing))).toEqual(["file-9.png", "file-8.png"]);
  });

  test("a row leaves the filter when its status does", () => {
    const failed = job(4, { status: "ERROR" });
    const listing = loaded(fresh({ statuses: ["ERROR"], text: "" }), { items: [failed], next_cursor: null });
    expect(shown(snapshot(NOTHING, [failed]), listing)).toHaveLength(1);
    expect(shown(snapshot(NOTHING, [{ ...failed, status: "QUEUED", revision: 4 }]), listing)).toHaveLength(0);
  });

  test("what the server matched is shown, and live rows match by name", () => {
    const listing = loaded(fresh({ statuses: [], text: "FILE-7" }), { items: [job(1)], next_cursor: null });
    expect(names(shown(snapshot(NOTHING, [job(1), job(7), job(8)]), listing))).toEqual(["file-7.png", "file-1.png"]);
  });

  test("a job that a fact told of appears on top", () => {
    const listing = loaded(fresh(EVERYTHING), { items: [job(1)], next_cursor: "more" });
    const state = receive(snapshot(NOTHING, [job(1)]), [{
      kind: "fact", id: "f", seq: 1, type: "job.status_changed", at: "2026-01-02T00:00:00Z", actor: "a",
      subject: { kind: "job", id: "00000000-0000-4000-8000-0000000000ff" }, revision: 1, correlation_id: "c",
      data: { status: "UPLOADING", progress: 0, filename: "new.png" },
    }], 0);
    expect(names(shown(state, listing))).toEqual(["new.png", "file-1.png"]);
  });
});
