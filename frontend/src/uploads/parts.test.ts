import { expect, test } from "vitest";
import { Broken } from "../wire/exchange";
import { Problem } from "../wire/problem";
import { FAILED, STORED, type PartsView } from "./grid";
import { md5 } from "./md5";
import { NoDirectRoad, Parts, type PartsNeeds } from "./parts";
import { Room } from "./room";

const PART = 1000;
const refused = (status: number, code = "internal") => new Problem({ status, code, detail: code });

/** A store in memory whose server knows nothing until it looks. */
class FakeStore {
  readonly held = new Map<number, string>();
  readonly sent: number[] = [];
  known = new Set<number>();
  looks = 0;
  atOnce = 0;
  most = 0;
  isReachable = true;
  arriving: (body: Blob) => Blob = (body) => body;
  fault: (number: number, turn: number) => Error | null = () => null;
  lookFault: () => Error | null = () => null;

  constructor(readonly count: number) {}

  readonly plans: PartsNeeds["plans"] = {
    sign: async (_id, number, digest) => ({ number, url: `part ${number}`, headers: { "Content-MD5": digest } }),
    look: async () => {
      this.looks += 1;
      const error = this.lookFault();
      if (error) throw error;
      this.known = new Set(this.held.keys());
    },
    parts: async () => Array.from({ length: this.count }, (_, index) => ({
      number: index + 1, start: index * PART, size: PART, status: this.known.has(index + 1) ? ("UPLOADED" as const) : ("PENDING" as const),
    })),
    complete: async () => {
      this.known = new Set(this.held.keys());
      if (this.known.size < this.count) throw refused(409, "not_possible_now");
    },
    put: async ({ number, headers }, body, onSent, signal) => {
      this.most = Math.max(this.most, ++this.atOnce);
      await new Promise((done) => setTimeout(done));
      this.atOnce -= 1;
      signal.throwIfAborted();
      this.sent.push(number);
      const error = this.fault(number, this.sent.filter((each) => each === number).length);
      if (error) throw error;
      onSent(body.size);
      if (headers["Content-MD5"] !== (await md5(this.arriving(body)))) throw refused(400);
      this.held.set(number, await body.text());
    },
  };
}

function sender(store: FakeStore, size: number) {
  const content = Array.from({ length: size }, (_, at) => String.fromCharCode(97 + (Math.floor(at / 100) % 26))).join("");
  const views: PartsView[] = [];
  const marks: [number, number, number][] = [];
  let now = 0;
  const stop = new AbortController();
  const needs: PartsNeeds = {
    plans: store.plans, md5, room: new Room(4), reachable: async () => store.isReachable, now: () => (now += 10), chance: () => 0.5,
    rest: async (_ms, signal) => signal.throwIfAborted(),
  };
  const hears = {
    moved: ({ parts }: { parts: PartsView }) => void views.push(parts),
    stored: async (start: number, end: number, total: number) => void marks.push([start, end, total]),
  };
  const parts = new Parts(needs, "1", new File([content], "a"), PART, hears, stop.signal);
  const assembled = () => [...store.held].sort(([a], [b]) => a - b).map(([, text]) => text).join("") === content;
  return { parts, needs, views, marks, stop, assembled };
}

test("parts go some at once, and make the file", async () => {
  const store = new FakeStore(8);
  const { parts, assembled, marks } = sender(store, 7500);
  await parts.begin();
  expect(assembled()).toBe(true);
  expect(store.sent.length).toBe(8);
  expect(store.most).toBe(3);
  expect(marks.at(-1)?.[2]).toBe(7500);
});

test("only what the server misses is sent after a reload", async () => {
  const store = new FakeStore(4);
  store.held.set(2, "x").set(3, "y");
  await sender(store, 4000).parts.goOn();
  expect(store.sent.sort()).toEqual([1, 4]);
});

test("a part that fails is tried again by itself, and no other with it", async () => {
  const store = new FakeStore(3);
  store.fault = (number, turn) => (number === 2 && turn < 3 ? refused(503) : null);
  const { parts, assembled } = sender(store, 3000);
  await parts.begin();
  expect(store.sent.sort()).toEqual([1, 2, 2, 2, 3]);
  expect(assembled()).toBe(true);
});

test("a part that changes on the way is refused there, and sent again", async () => {
  const store = new FakeStore(3);
  store.arriving = (body) => (store.sent.length === 2 ? new Blob(["x", body.slice(1)]) : body);
  const { parts, assembled } = sender(store, 3000);
  await parts.begin();
  expect(store.sent.length).toBe(4);
  expect(assembled()).toBe(true);
});

test("a file that cannot be read is given up as one that cannot be sent", async () => {
  const { parts, needs } = sender(new FakeStore(2), 2000);
  needs.md5 = () => Promise.reject(new DOMException("gone", "NotReadableError"));
  await expect(parts.begin()).rejects.toBeInstanceOf(NoDirectRoad);
});

test("a part that is given up does not hold up the others, and says which it is", async () => {
  const store = new FakeStore(5);
  store.fault = (number) => (number === 2 ? refused(500) : null);
  const { parts, views } = sender(store, 5000);
  await expect(parts.begin()).rejects.toMatchObject({ code: "parts_failed", message: "Part 2 of 5 could not be sent" });
  expect([...(views.at(-1)?.states ?? [])]).toEqual([STORED, FAILED, STORED, STORED, STORED]);
});

test("a part that was given up goes once more while others are on their way", async () => {
  const store = new FakeStore(3);
  let isSaid = false;
  store.fault = (number) => {
    if (number === 1 && !isSaid) return refused(500);
    if (number === 3 && store.sent.filter((each) => each === 1).length >= 4 && !isSaid) {
      isSaid = true;
      queueMicrotask(() => parts.retry(1));
      return refused(500);
    }
    return number === 3 && !isSaid ? refused(500) : null;
  };
  const { parts, assembled } = sender(store, 3000);
  await parts.begin().catch(() => parts.goOn());
  expect(assembled()).toBe(true);
});

test("what the store has lost is sent again once the server misses it", async () => {
  const store = new FakeStore(2);
  const complete = store.plans.complete;
  let isLost = false;
  store.plans.complete = async (id) => {
    if (!isLost) store.held.delete(2);
    isLost = true;
    return complete(id);
  };
  const { parts, assembled } = sender(store, 2000);
  await parts.begin();
  expect(assembled()).toBe(true);
  expect(store.sent.sort()).toEqual([1, 2, 2]);
});

test("a store that was never reached from here is no road", async () => {
  const store = new FakeStore(2);
  store.fault = () => new Broken();
  await expect(sender(store, 2000).parts.begin()).rejects.toBeInstanceOf(NoDirectRoad);
});

test("an outage of the server is thrown as what it is", async () => {
  const store = new FakeStore(2);
  store.isReachable = false;
  store.fault = () => new Broken();
  await expect(sender(store, 2000).parts.begin()).rejects.toBeInstanceOf(Broken);
});

test("an upload that somebody ended says so", async () => {
  const store = new FakeStore(2);
  store.fault = () => refused(404);
  store.lookFault = () => refused(410, "upload_gone");
  await expect(sender(store, 2000).parts.begin()).rejects.toMatchObject({ code: "upload_gone" });
});

test("what is stopped sends nothing more", async () => {
  const store = new FakeStore(9);
  const { parts, stop } = sender(store, 9000);
  const run = parts.begin();
  stop.abort();
  await expect(run).rejects.toThrow();
  const { length } = store.sent;
  await new Promise((done) => setTimeout(done));
  expect(store.sent.length).toBe(length);
});
