import { expect, test } from "vitest";
import { DroppedGroup } from "../groups/dropped";
import { Broken } from "../wire/exchange";
import type { JobStatus, JobView } from "../wire/types";
import type { Checkpoint } from "./checkpoints";
import { FakeServer, MIB, refused, start, whole } from "./resumable.bench";
import type { ResumableNeeds } from "./resumable";
import type { Kept } from "./shelf";

const SENT: Checkpoint = { jobId: "job-9", url: null, partSize: null };
const BEGUN: Checkpoint = { ...SENT, url: "/files/9" };

/** A file of a small folder, with what an earlier life of the page has kept of it. */
function drop(server: FakeServer, kept: Checkpoint | null, more: Partial<ResumableNeeds> = {}, shelved: Partial<Kept> | null = null) {
  const checkpoints = new Map<string, Checkpoint>(kept ? [["print", kept]] : []);
  const begun: string[] = [];
  const run = start(server, { group: new DroppedGroup("crates", async () => "g"), path: "crates/big.bin" }, shelved, {
    checkpoints: {
      find: async (print) => checkpoints.get(print) ?? null,
      keep: async (print, checkpoint) => void checkpoints.set(print, checkpoint),
      forget: async (print) => void checkpoints.delete(print),
      began: async (group) => void begun.push(group),
    },
    ...more,
  });
  return { ...run, checkpoints, begun };
}

const job = (status: JobStatus, asset_id: string | null = null) => ({ id: "job-9", status, asset_id }) as JobView;

test("a small file of a group is remembered from its first byte to its arrival, and then on", async () => {
  const server = new FakeServer(5);
  const seen: unknown[] = [];
  const run = drop(server, null);
  server.fault = () => (seen.push(run.checkpoints.get("print")), null);
  await run.landed;
  expect(run.begun).toEqual(["g"]);
  expect(seen).toEqual([{ jobId: "job-1", url: "/files/1", partSize: null }]);
  expect(run.checkpoints.get("print")).toEqual({ jobId: "job-1", url: null, partSize: null });
  expect(run.kept.size).toBe(0);
});

test.each([job("QUEUED"), job("PROCESSING"), job("COMPLETE", "asset"), job("COMPLETE")])("what is there is not sent again: %o", async (there) => {
  const server = new FakeServer(5);
  server.job = there;
  expect(await drop(server, SENT).landed).toMatchObject({ job: { id: "job-9" }, problem: null, isBefore: true });
  expect(server.opens).toBe(0);
});

test.each([null, job("ERROR"), job("CANCELLED")])("what came to nothing, or is not known any more, is sent: %o", async (there) => {
  const server = new FakeServer(5);
  server.job = there;
  const run = drop(server, SENT);
  expect((await run.landed).isBefore).toBeUndefined();
  expect(server.opens).toBe(1);
  expect(run.checkpoints.get("print")).toMatchObject({ jobId: "job-1", url: null });
});

test("a file whose asset is gone is sent", async () => {
  const server = new FakeServer(5);
  server.job = job("COMPLETE", "asset");
  await drop(server, SENT, { hasAsset: async () => false }).landed;
  expect(server.opens).toBe(1);
});

test("a file that was changed has another print, and is sent", async () => {
  const server = new FakeServer(5);
  server.job = job("COMPLETE", "asset");
  await drop(server, SENT, { print: async () => "another" }).landed;
  expect(server.opens).toBe(1);
});

test("a server that does not answer holds the file instead of getting it twice", async () => {
  const server = new FakeServer(5);
  server.reachable = false;
  await expect(drop(server, SENT, { job: () => Promise.reject(new Broken()) }).landed).rejects.toBeInstanceOf(Broken);
  expect(server.opens).toBe(0);
});

test("a file that broke off goes on where it was, also if nothing but its checkpoint was written down", async () => {
  const server = new FakeServer(6 * MIB);
  const first = drop(server, null);
  server.fault = (offset) => (offset === 0 ? { keep: MIB, error: new Error("killed") } : null);
  await first.landed.catch(() => undefined);
  expect(first.checkpoints.get("print")).toMatchObject({ url: "/files/1" });
  const again = drop(server, first.checkpoints.get("print") ?? null);
  await again.landed;
  expect(whole(server)).toBe(true);
  expect(server.opens).toBe(1);
  expect(server.slices[1]?.offset).toBe(MIB);
});

test("the checkpoint is believed, not an entry that the killed browser did not get to remove", async () => {
  const server = new FakeServer(5);
  server.job = job("COMPLETE", "asset");
  const stale = { print: "print", url: "/files/9", jobId: "job-9" };
  expect(await drop(server, SENT, {}, stale).landed).toMatchObject({ isBefore: true });
  expect(server.looks).toBe(0);
});

test("an upload that the server has put away is asked for by its job", async () => {
  const server = new FakeServer(5);
  server.lookFault = () => refused(404, "not_found");
  server.job = job("COMPLETE", "asset");
  const run = drop(server, BEGUN);
  expect(await run.landed).toMatchObject({ job: { id: "job-9" }, problem: null });
  expect(server.opens).toBe(0);
  expect(run.checkpoints.get("print")).toMatchObject({ url: null });
});

test("one that was cancelled meanwhile begins anew", async () => {
  const server = new FakeServer(5);
  server.lookFault = () => (server.opens === 0 ? refused(410, "upload_gone") : null);
  server.job = job("CANCELLED");
  await drop(server, BEGUN).landed;
  expect(server.opens).toBe(1);
});
