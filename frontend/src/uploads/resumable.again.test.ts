import { describe, expect, test } from "vitest";
import { Broken } from "../wire/exchange";
import { MIB, refused, FakeServer, start, whole, once } from "./resumable.bench";
import type { Kept } from "./shelf";

describe("an upload that is gone", () => {
  const vanish = (server: FakeServer, at: number) => {
    const fault = once(at, 0, refused(410, "upload_gone"));
    server.fault = (offset, length) => {
      const hit = fault(offset, length);
      if (hit) server.offset = null;
      return hit;
    };
  };

  test("is begun anew once", async () => {
    const server = new FakeServer(9 * MIB);
    vanish(server, 4 * MIB);
    const run = start(server);
    await run.landed;
    expect(server.opens).toBe(2);
    expect(whole(server)).toBe(true);
    expect(run.tickets.map(({ jobId }) => jobId)).toEqual(["job-1", "job-2"]);
  });

  test("fails the second time", async () => {
    const server = new FakeServer(9 * MIB);
    server.fault = () => ({ keep: 0, error: refused(410, "upload_gone") });
    await expect(start(server).landed).rejects.toMatchObject({ status: 410 });
    expect(server.opens).toBe(2);
  });

  test("leaves it to its job's row if somebody cancelled it", async () => {
    const server = new FakeServer(9 * MIB);
    vanish(server, 4 * MIB);
    server.job = { id: "job-1", status: "CANCELLED", code: null };
    expect((await start(server).landed).problem).toMatchObject({ jobId: "job-1" });
    expect(server.opens).toBe(1);
  });

  test("has arrived if its job says so", async () => {
    const server = new FakeServer(9 * MIB);
    vanish(server, 4 * MIB);
    server.job = { id: "job-1", status: "PROCESSING" };
    expect(await start(server).landed).toMatchObject({ job: { id: "job-1" }, problem: null });
  });
});

describe("after a reload", () => {
  test("a file that was changed since is begun anew, and says so", async () => {
    const server = new FakeServer(12 * MIB);
    server.offset = 6 * MIB;
    const last = { start: 5 * MIB, end: 6 * MIB, sum: "of what was there" };
    const run = start(server, {}, { print: "print", url: "/files/0", jobId: "job-0", stored: 6 * MIB, marks: { first: null, last } });
    expect((await run.landed).problem).toBeNull();
    expect(run.said).toEqual(["The file was changed since it was interrupted, so it begins anew"]);
    expect(server.ended).toEqual(["/files/0"]);
    expect(server.opens).toBe(1);
    expect(server.slices[0]?.offset).toBe(0);
  });

  test("what was acknowledged is remembered by its checksum", async () => {
    const server = new FakeServer(12 * MIB);
    const noted: Partial<Kept>[] = [];
    await start(server, {}, null, {
      shelf: { claim: async () => ({ kept: null, release: () => undefined }), keep: () => undefined, note: (_, facts) => void noted.push(facts), forget: () => undefined, hasTwin: () => true },
    }).landed;
    const marks = noted.flatMap(({ marks }) => marks ?? []);
    expect(marks[0]?.first).toMatchObject({ start: 0 });
    expect(marks.at(-1)?.last?.end).toBe(12 * MIB);
  });

  const kept = { print: "print", url: "/files/0", jobId: "job-0", stored: 5 * MIB };

  test("the rest is sent from the server's offset, and nothing is opened", async () => {
    const server = new FakeServer(9 * MIB);
    server.offset = 6 * MIB; // more than this browser knew of
    const run = start(server, {}, kept);
    await run.landed;
    expect(server.opens).toBe(0);
    expect(server.slices[0]?.offset).toBe(6 * MIB);
    expect(run.tickets).toEqual([{ url: "/files/0", jobId: "job-0", print: "print", partSize: null }]);
    expect(run.moves.reduce((sum, { fresh }) => sum + fresh, 0)).toBe(3 * MIB); // speed is made of these alone
  });

  test("an upload whose last answer was lost sends no byte", async () => {
    const server = new FakeServer(9 * MIB);
    server.offset = server.size;
    const run = start(server, {}, kept);
    expect((await run.landed).problem).toBeNull();
    expect(server.slices).toEqual([]);
    expect(run.kept.size).toBe(0);
  });

  test("one that the server has forgotten is begun anew, whatever became of its job", async () => {
    const server = new FakeServer(9 * MIB);
    server.job = { id: "job-0", status: "CANCELLED" };
    const run = start(server, {}, kept);
    await run.landed;
    expect(server.opens).toBe(1);
    expect(whole(server)).toBe(true);
  });

  test("one that another window sends is left to it, or sent as another file", async () => {
    const server = new FakeServer(9 * MIB);
    const taken = { claim: async () => null, keep: () => expect.unreachable(), note: () => undefined, forget: () => undefined, hasTwin: () => false };
    await start(server, {}, null, { shelf: taken }).landed;
    expect(whole(server)).toBe(true);
    const ticket = { url: "/files/1", jobId: "job-1", print: "print" };
    await expect(start(server, { ticket }, null, { shelf: taken }).landed).rejects.toMatchObject({ code: "sent_elsewhere" });
  });
});

describe("stopping", () => {
  test("in the middle keeps what is remembered, and going on asks for the offset first", async () => {
    const server = new FakeServer(20 * MIB);
    const run = start(server);
    server.fault = (offset) => (offset > 0 ? (run.abort(), { keep: MIB, error: new Broken() }) : null);
    await expect(run.landed).rejects.toMatchObject({ name: "AbortError" });
    expect(run.kept.size).toBe(1);
    server.fault = () => null;
    await start(server, { ticket: run.tickets[0] ?? null }).landed;
    expect(server.looks).toBe(1);
    expect(server.slices[2]?.offset).toBe(5 * MIB);
    expect(whole(server)).toBe(true);
    expect(server.opens).toBe(1);
  });

  test("while the upload is being opened still tells which one it is, so that it can be ended", async () => {
    const server = new FakeServer(20 * MIB);
    const run = start(server);
    run.abort();
    await expect(run.landed).rejects.toMatchObject({ name: "AbortError" });
    expect(run.tickets.length).toBe(server.opens);
  });
});
