import { expect, test } from "vitest";
import { DroppedGroup } from "../groups/dropped";
import { Broken, stopped } from "../wire/exchange";
import { Problem } from "../wire/problem";
import type { JobView } from "../wire/types";
import { UploadQueue } from "./queue";
import { RESUMABLE_FROM } from "./slices";
import type { Hears, Landed, Upload } from "./upload";

interface Open {
  name: string;
  lane: string;
  upload: Upload;
  hears: Hears;
  answer(landed: Landed): void;
  break(error?: Error): void;
}

/** A server in the hand: each sent file waits until the test answers, and time passes only when the test says so. */
class Bench {
  readonly open: Open[] = [];
  readonly landed: string[] = [];
  readonly emptied: string[] = [];
  readonly discarded: string[] = [];
  readonly waits: number[] = [];
  reachable = true;
  #later: (() => void)[] = [];

  readonly queue = new UploadQueue({
    send: (upload, hears) => {
      let abort = () => {};
      const done = new Promise<Landed>((resolve, reject) => {
        const { file, lane } = upload;
        this.open.push({ name: file.name, lane, upload, hears, answer: resolve, break: (error = new Broken()) => reject(error) });
        abort = () => reject(stopped());
      });
      return { done, abort };
    },
    refusal: (file) => (file.name === "empty" ? new Problem({ status: 422, code: "empty_file", detail: "the file is empty" }) : null),
    landed: (job) => this.landed.push(job.id),
    emptied: ({ name }) => this.emptied.push(name),
    discard: ({ url }) => this.discarded.push(url),
    reachable: () => Promise.resolve(this.reachable),
    now: () => 0,
    later: (run, ms) => {
      this.#later.push(run);
      this.waits.push(ms);
    },
  });

  async pass() {
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
    for (const run of this.#later.splice(0)) run();
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  }

  async look() {
    await this.pass();
    await this.pass();
    return this.queue.view.get();
  }

  drop(...names: string[]) {
    this.queue.add(names.map((name) => ({ file: new File(["12345"], name), path: name, group: null })));
  }

  dropLarge(...names: string[]) {
    const content = new Uint8Array(RESUMABLE_FROM);
    this.queue.add(names.map((name) => ({ file: new File([content], name), path: name, group: null })));
  }

  /** The server has opened an upload for the file that was begun last under this name. */
  opened(name: string) {
    this.last(name).hears.opened({ url: `/files/${name}`, jobId: `job-${name}`, print: null });
  }

  last(name: string): Open {
    const found = this.open.findLast((open) => open.name === name);
    if (!found) throw new Error(`${name} was not begun`);
    return found;
  }
}

const ok = (id: string): Landed => ({ job: { id } as JobView, problem: null });
const sent = (bytes: number, stored = 0) => ({ phase: "sending" as const, stored, sent: bytes, fresh: bytes });

test("three are sent at once, the rest wait, each landing makes room", async () => {
  const bench = new Bench();
  bench.drop("a", "b", "c", "d", "e");
  expect(bench.open.map((o) => o.name)).toEqual(["a", "b", "c"]);
  bench.open[1]?.answer(ok("job-b"));
  expect(await bench.look()).toMatchObject({ active: 3, waiting: 1, files: 5, filesDone: 1 });
  expect(bench.landed).toEqual(["job-b"]);
  expect(bench.open.at(-1)?.name).toBe("d");
});

test("thousands are counted, and only a few get rows", async () => {
  const bench = new Bench();
  bench.drop(...Array.from({ length: 5000 }, (_, n) => `f${n}`));
  const view = await bench.look();
  expect(view).toMatchObject({ waiting: 4997, files: 5000, bytes: 25000 });
  expect(view.rows.length).toBeLessThan(30);
  expect(bench.open.map((o) => o.lane)).toEqual(["bulk", "bulk", "bulk"]);
});

test("a refusal stays as a failed row that can be tried again", async () => {
  const bench = new Bench();
  bench.drop("a");
  bench.open[0]?.answer({ job: null, problem: new Problem({ status: 413, code: "too_large", detail: "too big" }) });
  const view = await bench.look();
  expect(view).toMatchObject({ failed: 1, active: 0 });
  bench.queue.retryFailed();
  expect(await bench.look()).toMatchObject({ failed: 0, active: 1, files: 1 });
});

test("what speaks against a file is said before it is sent", async () => {
  const bench = new Bench();
  bench.drop("empty", "a");
  const view = await bench.look();
  expect(view).toMatchObject({ failed: 1, files: 1 });
  expect(view.rows.find(({ phase }) => phase === "failed")?.problem?.message).toBe("the file is empty");
  expect(bench.open.map((o) => o.name)).toEqual(["a"]);
});

test.each([429, 503])("a server that has its hands full (%i) gets the file again, after the time it asked for", async (status) => {
  const bench = new Bench();
  bench.drop("a");
  bench.open[0]?.answer({ job: null, problem: new Problem({ status, code: "too_many_uploads", detail: "later", retryAfter: 7000 }) });
  expect(await bench.look()).toMatchObject({ failed: 0, active: 1 });
  expect(bench.waits).toContain(7000);
  bench.last("a").answer(ok("job-a"));
  await bench.look();
  expect(bench.open).toHaveLength(2);
  expect(bench.landed).toEqual(["job-a"]);
});

test.each([
  { status: 503, jobId: "job-a", retryAfter: 7000 },
  { status: 503, retryAfter: null },
  { status: 413, retryAfter: 7000 },
])("what asks for nothing, or has a row of its own, is not sent again: %o", async (facts) => {
  const bench = new Bench();
  bench.drop("a");
  bench.open[0]?.answer({ job: null, problem: new Problem({ code: "internal", detail: "no", ...facts }) });
  expect(await bench.look()).toMatchObject({ failed: "jobId" in facts ? 0 : 1, stalled: false });
  await bench.look();
  expect(bench.open).toHaveLength(1);
});

test("an outage holds the files and sends them again when the server is back", async () => {
  const bench = new Bench();
  bench.drop("a", "b");
  bench.reachable = false;
  bench.open[0]?.break();
  bench.open[1]?.break();
  expect(await bench.look()).toMatchObject({ stalled: true, waiting: 2, failed: 0 });
  bench.reachable = true;
  expect(await bench.look()).toMatchObject({ stalled: false, active: 2, files: 2 });
});

test("a sign-out holds the files until somebody is signed in", async () => {
  const bench = new Bench();
  bench.drop("a");
  bench.reachable = false;
  bench.open[0]?.answer({ job: null, problem: new Problem({ status: 401, code: "unauthenticated", detail: "who?" }) });
  expect(await bench.look()).toMatchObject({ stalled: true, waiting: 1, failed: 0 });
  bench.reachable = true;
  bench.queue.wake();
  expect(await bench.look()).toMatchObject({ stalled: false, active: 1 });
});

test("a held upload goes on with what the server holds of it, and never shows less than before", async () => {
  const bench = new Bench();
  bench.dropLarge("big");
  bench.opened("big");
  bench.open[0]?.hears.moved(sent(3000, 1000));
  bench.open[0]?.break();
  expect((await bench.look()).bytesSent).toBe(3000);
  await bench.look();
  expect(bench.last("big").upload).toMatchObject({ ticket: { url: "/files/big" }, stored: 1000, sent: 3000 });
  bench.last("big").hears.moved(sent(1200, 1000));
  expect((await bench.look()).rows[0]).toMatchObject({ stored: 1000, sent: 3000 });
});

test("a paused file makes room, and goes on from where it was", async () => {
  const bench = new Bench();
  bench.dropLarge("a", "b", "c", "d");
  bench.opened("a");
  bench.queue.pause((await bench.look()).rows[0]?.key ?? -1);
  const view = await bench.look();
  expect(view).toMatchObject({ paused: 1, active: 3, waiting: 0, files: 4 });
  expect(bench.discarded).toEqual([]);
  bench.queue.resume(view.rows.find(({ phase }) => phase === "paused")?.key ?? -1);
  expect(await bench.look()).toMatchObject({ paused: 0, active: 3, waiting: 1 });
  bench.open[1]?.answer(ok("b"));
  await bench.look();
  expect(bench.last("a").upload.ticket?.url).toBe("/files/a");
});

test("pausing everything begins nothing new, lets small files arrive, and ends with one word", async () => {
  const bench = new Bench();
  bench.drop("small");
  bench.dropLarge("a", "b", "c");
  bench.queue.pauseAll();
  expect(await bench.look()).toMatchObject({ active: 1, paused: 2, waiting: 1, resting: true });
  bench.open[0]?.answer(ok("small"));
  expect(await bench.look()).toMatchObject({ active: 0, paused: 2, waiting: 1 });
  bench.queue.resumeAll();
  expect(await bench.look()).toMatchObject({ active: 3, paused: 0, waiting: 0, resting: false });
});

test("a file that waits can be paused and resumed alone while everything rests", async () => {
  const bench = new Bench();
  bench.dropLarge("a");
  bench.queue.pauseAll();
  const view = await bench.look();
  bench.queue.resume(view.rows[0]?.key ?? -1);
  expect(await bench.look()).toMatchObject({ active: 1, paused: 0, resting: true });
});

test("cancelling leaves no trace in the totals, and frees what the server holds", async () => {
  const bench = new Bench();
  bench.drop("a", "b", "c", "d");
  bench.opened("a");
  const view = await bench.look();
  bench.queue.cancel(view.rows[0]?.key ?? -1);
  expect(await bench.look()).toMatchObject({ files: 3, active: 3, waiting: 0 });
  expect(bench.discarded).toEqual(["/files/a"]);
  bench.queue.cancelAll();
  expect(await bench.look()).toMatchObject({ active: 0, waiting: 0, failed: 0 });
});

test("an upload that was ended elsewhere leaves its place to the job's row", async () => {
  const bench = new Bench();
  bench.dropLarge("a", "b");
  bench.opened("a");
  bench.opened("b");
  bench.queue.pause((await bench.look()).rows[0]?.key ?? -1);
  await bench.look();
  bench.queue.ended("job-a");
  bench.queue.ended("job-b");
  expect(await bench.look()).toMatchObject({ active: 0, paused: 0, failed: 0, files: 0 });
});

test("what the operating system left in folders is not sent, and counted", async () => {
  const bench = new Bench();
  bench.drop(".DS_Store", "Thumbs.db", "._a", "a");
  expect(await bench.look()).toMatchObject({ files: 1, litter: 3 });
});

test("what an earlier drop had sent is no work, and is counted until it was read", async () => {
  const bench = new Bench();
  bench.drop("a", "b");
  bench.open[0]?.answer({ ...ok("job-a"), isBefore: true });
  expect(await bench.look()).toMatchObject({ files: 1, filesDone: 0, bytes: 5, before: 1 });
  expect(bench.landed).toEqual(["job-a"]);
  bench.open[1]?.answer(ok("job-b"));
  expect(await bench.look()).toMatchObject({ files: 0, before: 1 });
  bench.queue.dismissBefore();
  expect(await bench.look()).toMatchObject({ before: 0 });
});

test("a group is empty once nothing waits for it: a file that failed may be sent again", async () => {
  const bench = new Bench();
  const group = new DroppedGroup("crates", async () => "g");
  bench.queue.add(["a", "b"].map((name) => ({ file: new File(["12345"], name), path: `crates/${name}`, group })));
  bench.last("a").answer(ok("job-a"));
  bench.last("b").answer({ job: null, problem: new Problem({ status: 413, code: "too_large", detail: "too big" }) });
  await bench.look();
  expect(bench.emptied).toEqual([]);
  bench.queue.retryFailed();
  bench.last("b").answer(ok("job-b"));
  await bench.look();
  expect(bench.emptied).toEqual(["crates"]);
});

test("bytes on their way are told, and never more than there are", async () => {
  const bench = new Bench();
  bench.drop("a");
  bench.open[0]?.hears.moved(sent(3));
  expect(await bench.look()).toMatchObject({ bytesSent: 3, bytes: 5 });
  bench.open[0]?.hears.moved({ ...sent(400), phase: "finishing" });
  expect((await bench.look()).rows[0]).toMatchObject({ phase: "finishing", sent: 5 });
});
