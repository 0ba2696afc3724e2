import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Connection } from "../wire/live";
import { Store } from "../wire/store";
import type { Fact } from "../wire/types";
import { follow } from "./news";

const TOGETHER_MS = 400;

class Told {
  readonly connection = new Store<Connection>("live");
  readonly jobs = new Store({ epoch: 0 });
  readonly listeners = new Set<(fact: Fact) => void>();
  readonly onFact = (listener: (fact: Fact) => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  fact(type: string): void {
    for (const listener of this.listeners) listener({ type } as Fact);
  }
}

let told: Told;

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("window", globalThis);
  told = new Told();
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const mine = ({ type }: Fact) => type === "mine";
const aWhile = () => vi.advanceTimersByTimeAsync(TOGETHER_MS);

test("many facts that matter are one reading, others none", async () => {
  let read = 0;
  follow(mine, () => void (read += 1), TOGETHER_MS, told);
  told.fact("other");
  await aWhile();
  expect(read).toBe(0);
  for (let n = 0; n < 5; n++) told.fact("mine");
  await aWhile();
  expect(read).toBe(1);
});

test("a reading never runs twice at a time, and what came meanwhile is read after it", async () => {
  const ends: (() => void)[] = [];
  const news = follow(mine, () => new Promise<void>((end) => ends.push(end)), TOGETHER_MS, told);
  news.now();
  told.fact("mine");
  news.now();
  await aWhile();
  expect(ends).toHaveLength(1);
  ends[0]?.();
  await aWhile();
  expect(ends).toHaveLength(2);
});

test("what could not be read is tried again by the next fact", async () => {
  let read = 0;
  follow(mine, () => Promise.reject(new Error(String((read += 1)))), TOGETHER_MS, told);
  told.fact("mine");
  await aWhile();
  told.fact("mine");
  await aWhile();
  expect(read).toBe(2);
});

test("it reads again where facts may have been missed, and only there", async () => {
  let read = 0;
  follow(mine, () => void (read += 1), TOGETHER_MS, told);
  told.connection.set("connecting");
  told.connection.set("live"); // one broken connection resumes where it stopped
  await aWhile();
  expect(read).toBe(0);
  for (const state of ["offline", "connecting", "live"] as const) told.connection.set(state);
  await aWhile();
  expect(read).toBe(1);
  told.jobs.set({ epoch: 1 });
  await aWhile();
  expect(read).toBe(2);
});

test("after its end it hears and reads nothing more", async () => {
  let read = 0;
  const news = follow(mine, () => void (read += 1), TOGETHER_MS, told);
  told.fact("mine");
  news.stop();
  told.fact("mine");
  told.jobs.set({ epoch: 1 });
  await aWhile();
  expect(read).toBe(0);
});
