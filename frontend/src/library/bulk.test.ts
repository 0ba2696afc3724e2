import { expect, test } from "vitest";
import { Problem } from "../wire/problem";
import { doWithMany, tagsIn } from "./bulk";

const IDS = Array.from({ length: 250 }, (_, n) => `a${n}`);
const error = { status: 409, code: "not_possible_now", detail: "only what is in the trash can be deleted for good", remedy: "Trash it first." };

test("tells of each that failed, and why", async () => {
  const counts: number[] = [];
  const report = await doWithMany("purge", IDS, [], (count) => counts.push(count), async ({ ids }) => ({
    items: ids.map((id) => ({ id, error: id === "a120" ? error : null })),
  }));
  expect(report.done.length).toBe(249);
  expect(report.failed.map(({ id, problem }) => [id, problem.message, problem.remedy])).toEqual([["a120", error.detail, error.remedy]]);
  expect([report.stopped, counts]).toEqual([null, [100, 200, 250]]);
});

test("a request that fails ends it, and what was done before stays done", async () => {
  let asked = 0;
  const report = await doWithMany("trash", IDS, [], () => undefined, async ({ ids }) => {
    asked += 1;
    if (asked === 2) throw new Problem({ status: 0, code: "unreachable", detail: "The server cannot be reached" });
    return { items: ids.map((id) => ({ id, error: null })) };
  });
  expect([asked, report.done.length, report.failed.length, report.asked, report.stopped?.code]).toEqual([2, 100, 0, 250, "unreachable"]);
});

test("tags are what stands between commas, each once", () => {
  expect(tagsIn(" hero, two words ,, hero")).toEqual(["hero", "two words"]);
  expect(tagsIn(" , ")).toEqual([]);
});
