import { expect, test } from "vitest";
import type { Claims } from "./claims";
import { checkInterrupted } from "./interrupted";
import { Shelf, type ShelfNeeds } from "./shelf";
import { Problem } from "../wire/problem";

class PageStorage {
  readonly entries = new Map<string, string>();
  full = false;
  get length() {
    return this.entries.size;
  }
  key = (index: number) => [...this.entries.keys()][index] ?? null;
  getItem = (key: string) => this.entries.get(key) ?? null;
  removeItem = (key: string) => void this.entries.delete(key);
  setItem(key: string, value: string) {
    if (this.full) throw new DOMException("full", "QuotaExceededError");
    this.entries.set(key, value);
  }
}

function oneBrowser(): Claims {
  const held = new Set<string>();
  return {
    take: async (name) => (held.has(name) ? null : (held.add(name), () => void held.delete(name))),
    taken: async () => new Set(held),
  };
}

function bench(storage = new PageStorage(), claims = oneBrowser(), owner = "studio/ann") {
  const clock = { now: 1000 };
  const needs: ShelfNeeds = { storage, claims, owner: () => owner, now: () => clock.now };
  return { shelf: new Shelf(needs), storage, claims, clock };
}

const entry = (print: string, over = {}) => ({ print, url: `/api/v1/files/${print}`, jobId: `job-${print}`, name: `${print}.bin`, size: 100, stored: 0, expires: null, ...over });

test("what is kept is found by its print after a reload, as far as it was", async () => {
  const { shelf, storage } = bench();
  shelf.keep(entry("p"));
  shelf.note("p", { stored: 60 });
  const after = bench(storage).shelf;
  expect((await after.claim("p"))?.kept).toMatchObject({ url: "/api/v1/files/p", jobId: "job-p", stored: 60 });
  expect((await after.claim("other"))?.kept).toBeNull();
});

test("one window at a time sends an upload, and what is sent is not interrupted", async () => {
  const { shelf, storage, claims } = bench();
  shelf.keep(entry("p"));
  shelf.keep(entry("q"));
  const claim = await shelf.claim("p");
  const other = bench(storage, claims).shelf;
  expect(await other.claim("p")).toBeNull();
  await other.refresh();
  expect(other.interrupted.get().map(({ print }) => print)).toEqual(["q"]);
  claim?.release();
  await other.refresh();
  expect(other.interrupted.get().map(({ print }) => print)).toEqual(["p", "q"]);
});

test("another member finds nothing, and loses nothing of the first one's", async () => {
  const { shelf, storage } = bench();
  shelf.keep(entry("p"));
  const other = bench(storage, oneBrowser(), "studio/bob").shelf;
  expect((await other.claim("p"))?.kept).toBeNull();
  expect((await bench(storage).shelf.claim("p"))?.kept).not.toBeNull();
});

test("what the server has forgotten by now is forgotten", async () => {
  const { shelf, storage, clock } = bench();
  shelf.keep(entry("p", { expires: 5000 }));
  clock.now = 5001;
  expect((await shelf.claim("p"))?.kept).toBeNull();
  expect(storage.length).toBe(0);
});

test("a note does not bring back what was forgotten", () => {
  const { shelf, storage } = bench();
  shelf.keep(entry("p"));
  shelf.forgetJob("job-p");
  shelf.note("p", { stored: 5 });
  expect(storage.length).toBe(0);
});

test("entries that were tampered with or are none of ours are left out", async () => {
  const { shelf, storage } = bench();
  storage.setItem("theme", "dark");
  storage.setItem("upload:x", "{");
  storage.setItem("upload:y", JSON.stringify({ ...entry("y"), url: "//elsewhere.example/", owner: "studio/ann", at: 1 }));
  await shelf.refresh();
  expect(shelf.interrupted.get()).toEqual([]);
  expect(storage.getItem("theme")).toBe("dark");
});

test("a full storage stops no upload", () => {
  const { shelf, storage } = bench();
  storage.full = true;
  shelf.keep(entry("p"));
  expect(storage.length).toBe(0);
});

test("the server says which interrupted uploads are worth a hint, and how far they are", async () => {
  const { shelf } = bench();
  for (const print of ["half", "whole", "gone"]) shelf.keep(entry(print));
  const look = async (url: string) => {
    if (url.endsWith("gone")) throw new Problem({ status: 410, code: "upload_gone", detail: "it has ended" });
    return { offset: url.endsWith("whole") ? 100 : 50, size: 100, expires: 9000 };
  };
  await checkInterrupted(shelf, { look });
  expect(shelf.interrupted.get()).toMatchObject([{ print: "half", stored: 50, expires: 9000 }]);
});

test("a server that cannot be asked takes no hint away", async () => {
  const { shelf } = bench();
  shelf.keep(entry("p"));
  await checkInterrupted(shelf, { look: () => Promise.reject(new Error("no line")) });
  expect(shelf.interrupted.get()).toHaveLength(1);
});
