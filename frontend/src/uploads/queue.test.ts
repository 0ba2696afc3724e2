import { expect, test } from "vitest";
import { Problem } from "../wire/problem";
import type { JobView } from "../wire/types";
import { UploadQueue } from "./queue";
import { Broken, type Landed } from "./send";

/** A server in the hand: each sent file waits until the test answers, and time passes only when the test says so. */
class Bench {
  readonly open: { name: string; lane: string; answer(landed: Landed): void; break(): void; sent(bytes: number): void }[] = [];
  readonly landed: string[] = [];
  reachable = true;
  #later: (() => void)[] = [];

  readonly queue = new UploadQueue({
    send: (file, lane, onSent) => {
      let abort = () => {};
      const done = new Promise<Landed>((resolve, reject) => {
        this.open.push({ name: file.name, lane, answer: resolve, break: () => reject(new Broken()), sent: onSent });
        abort = () => reject(new DOMException("", "AbortError"));
      });
      return { done, abort };
    },
    landed: (job) => this.landed.push(job.id),
    reachable: () => Promise.resolve(this.reachable),
    now: () => 0,
    later: (run) => this.#later.push(run),
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
    this.queue.add(names.map((name) => ({ file: new File(["12345"], name), path: name })));
  }
}

const ok = (id: string): Landed => ({ job: { id } as JobView, problem: null });

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

test("an outage holds the file and sends it again when the server is back", async () => {
  const bench = new Bench();
  bench.drop("a", "b");
  bench.reachable = false;
  bench.open[0]?.break();
  bench.open[1]?.break();
  expect(await bench.look()).toMatchObject({ stalled: true, waiting: 2, failed: 0 });
  bench.reachable = true;
  expect(await bench.look()).toMatchObject({ stalled: false, active: 2, files: 2 });
});

test("a connection closed by a server that is there is a failure with a remedy", async () => {
  const bench = new Bench();
  bench.drop("a");
  bench.open[0]?.break();
  expect((await bench.look()).rows[0]?.problem).toMatchObject({ code: "upload_interrupted" });
});

test("cancelling leaves no trace in the totals", async () => {
  const bench = new Bench();
  bench.drop("a", "b", "c", "d");
  const view = await bench.look();
  bench.queue.cancel(view.rows[0]?.key ?? -1);
  expect(await bench.look()).toMatchObject({ files: 3, active: 3, waiting: 0 });
  bench.queue.cancelAll();
  expect(await bench.look()).toMatchObject({ active: 0, waiting: 0, failed: 0 });
});

test("what the operating system left in folders is not sent, and counted", async () => {
  const bench = new Bench();
  bench.drop(".DS_Store", "Thumbs.db", "._a", "a");
  expect(await bench.look()).toMatchObject({ files: 1, litter: 3 });
});

test("bytes on their way are told", async () => {
  const bench = new Bench();
  bench.drop("a");
  bench.open[0]?.sent(3);
  expect(await bench.look()).toMatchObject({ bytesSent: 3, bytes: 5 });
  bench.open[0]?.sent(400);
  expect((await bench.look()).rows[0]).toMatchObject({ phase: "finishing", sent: 5 });
});
