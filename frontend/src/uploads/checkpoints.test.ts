import { expect, test } from "vitest";
import type { Aged, Table } from "../wire/database";
import { Checkpoints, type CheckpointRow } from "./checkpoints";

const DAY = 24 * 3600 * 1000;

class Rows<Row extends Aged> implements Table<Row> {
  readonly rows = new Map<string, Row>();
  asked = 0;
  broken = false;

  get = async (key: string) => (this.#ask(), this.rows.get(key) ?? null);
  put = async (row: Row) => (this.#ask(), void this.rows.set(row.key, row));
  remove = async (key: string) => (this.#ask(), void this.rows.delete(key));
  trim = async (oldest: number, most: number) => {
    this.#ask();
    const byAge = [...this.rows.values()].sort((a, b) => b.at - a.at);
    for (const [place, { key, at }] of byAge.entries()) if (at < oldest || place >= most) this.rows.delete(key);
  };

  #ask() {
    this.asked += 1;
    if (this.broken) throw new DOMException("not in private windows", "SecurityError");
  }
}

function bench() {
  const clock = { now: 100 * DAY };
  const files = new Rows<CheckpointRow>();
  const groups = new Rows<Aged>();
  const needs = { files, groups, now: () => clock.now };
  return { needs, files, groups, clock, checkpoints: new Checkpoints(needs) };
}

const sent = { jobId: "job-1", url: null, partSize: null };

test("what was sent is known in a later life of the page", async () => {
  const { needs, checkpoints } = bench();
  await checkpoints.keep("p", { ...sent, url: "/files/1", partSize: 5 });
  expect(await new Checkpoints(needs).find("p")).toMatchObject({ jobId: "job-1", url: "/files/1", partSize: 5 });
  await checkpoints.keep("p", sent);
  expect(await new Checkpoints(needs).find("p")).toMatchObject(sent);
  await checkpoints.forget("p");
  expect(await new Checkpoints(needs).find("p")).toBeNull();
});

test("nothing is known for longer than thirty days, and old rows go", async () => {
  const { needs, files, clock, checkpoints } = bench();
  await checkpoints.keep("p", sent);
  clock.now += 31 * DAY;
  expect(await checkpoints.find("p")).toBeNull();
  await new Checkpoints(needs).keep("q", sent);
  expect([...files.rows.keys()]).toEqual(["q"]);
});

test("there are never many more rows than are kept", async () => {
  const { files, clock, checkpoints } = bench();
  for (let n = 0; n < 22_500; n++) {
    clock.now += 1;
    await checkpoints.keep(`p${n}`, sent);
  }
  expect(files.rows.size).toBeLessThanOrEqual(21_000);
  expect(files.rows.has("p22499")).toBe(true);
  expect(files.rows.has("p0")).toBe(false);
});

test("a group is unfinished from its first file until nothing of it is left", async () => {
  const { needs, groups, checkpoints } = bench();
  for (let file = 0; file < 3; file++) await checkpoints.began("g");
  expect(groups.asked).toBe(1);
  expect(await new Checkpoints(needs).isUnfinished("g")).toBe(true);
  await checkpoints.ended("g");
  expect(await new Checkpoints(needs).isUnfinished("g")).toBe(false);
  await checkpoints.began("g");
  expect(await new Checkpoints(needs).isUnfinished("g")).toBe(true);
});

test("a browser that keeps nothing stops no upload, and is not asked again", async () => {
  const { files, groups, checkpoints } = bench();
  files.broken = groups.broken = true;
  await checkpoints.began("g");
  await checkpoints.keep("p", sent);
  expect(await checkpoints.find("p")).toBeNull();
  expect(await checkpoints.isUnfinished("g")).toBe(false);
  expect(files.asked + groups.asked).toBe(1);
});
