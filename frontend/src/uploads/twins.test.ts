import { expect, test } from "vitest";
import type { Row } from "../jobs/jobs";
import { withoutTwins } from "./twins";
import type { Upload } from "./upload";

const row = (id: string, name: string, arrivedAt: number | null) => ({ id, original_filename: name, arrivedAt }) as Row;
const upload = (name: string, startedAt: number, phase: Upload["phase"] = "sending") =>
  ({ file: new File([], name), startedAt, phase, ticket: null }) as unknown as Upload;
const known = (name: string, jobId: string, phase: Upload["phase"]) =>
  ({ file: new File([], name), startedAt: 0, phase, ticket: { url: "", jobId, print: null } }) as unknown as Upload;
const ids = (rows: readonly Row[]) => rows.map(({ id }) => id);

test("a job that appeared while its file is on its way is shown once", () => {
  expect(ids(withoutTwins([row("1", "a", 20), row("2", "b", 20)], [upload("a", 10)]))).toEqual(["2"]);
});

test("older jobs of the same name stay", () => {
  expect(ids(withoutTwins([row("1", "a", 5), row("2", "a", null)], [upload("a", 10)]))).toEqual(["1", "2"]);
});

test("as many are left out as are on their way", () => {
  expect(ids(withoutTwins([row("3", "a", 30), row("2", "a", 20), row("1", "a", 15)], [upload("a", 10), upload("a", 12)]))).toEqual(["1"]);
});

test("files that wait or failed hide nothing", () => {
  expect(withoutTwins([row("1", "a", 20)], [upload("a", 10, "failed"), upload("a", 0, "waiting")])).toHaveLength(1);
});

test("an upload that knows its job hides that row alone, also while it is paused or has failed", () => {
  const rows = [row("1", "a", 20), row("2", "a", 20)];
  expect(ids(withoutTwins(rows, [known("a", "1", "sending")]))).toEqual(["2"]);
  expect(ids(withoutTwins(rows, [known("a", "2", "paused"), known("a", "1", "failed")]))).toEqual([]);
});
