import { describe, expect, test, vi } from "vitest";
import { Broken } from "../wire/exchange";
import { sha256 } from "../wire/sha256";
import { MIB, SETTLING_MS, refused, FakeServer, start, pattern, whole, once } from "./resumable.bench";

describe("without trouble", () => {
  test("the file arrives whole, in slices, and its job is known from the first byte", async () => {
    const server = new FakeServer(40 * MIB + 5);
    server.job = { id: "job-1", status: "QUEUED" };
    const run = start(server);
    expect(await run.landed).toMatchObject({ job: { id: "job-1" }, problem: null });
    expect(whole(server)).toBe(true);
    expect(run.tickets).toEqual([{ url: "/files/1", jobId: "job-1", print: "print" }]);
    expect(server.slices.length).toBeGreaterThan(1);
    expect(server.looks).toBe(0);
  });

  test("what is told only grows, and ends at the size", async () => {
    const server = new FakeServer(20 * MIB);
    const run = start(server);
    await run.landed;
    const stored = run.moves.map((move) => move.stored);
    expect(stored).toEqual([...stored].sort((a, b) => a - b));
    expect(run.moves.every(({ sent, stored: safe }) => safe <= sent && sent <= server.size)).toBe(true);
    expect(run.moves.reduce((sum, { fresh }) => sum + fresh, 0)).toBe(server.size);
    expect(run.moves.at(-1)).toMatchObject({ phase: "finishing", sent: server.size, stored: server.size });
  });

  test("it is remembered while it is under way, and forgotten when it has arrived", async () => {
    const server = new FakeServer(20 * MIB);
    const seen: unknown[] = [];
    const run = start(server);
    server.fault = (offset) => (seen.push(run.kept.get("print")?.stored), offset < 0 ? { keep: 0, error: new Broken() } : null);
    await run.landed;
    expect(seen).toEqual([0, 4 * MIB, 8 * MIB, 16 * MIB]);
    expect(run.kept.size).toBe(0);
  });
});

describe("a line that breaks", () => {
  test("is taken up again at the byte that the server has, and no byte it has is sent again", async () => {
    const server = new FakeServer(20 * MIB);
    server.fault = once(0, 3 * MIB, new Broken());
    await start(server).landed;
    expect(whole(server)).toBe(true);
    expect(server.slices[1]?.offset).toBe(3 * MIB);
  });

  test("waits longer each time, and fails with a remedy when nothing comes through for long", async () => {
    const server = new FakeServer(20 * MIB);
    server.fault = () => ({ keep: 0, error: new Broken() });
    await expect(start(server).landed).rejects.toMatchObject({ code: "upload_interrupted" });
    const waits = server.rests.filter((ms) => ms !== SETTLING_MS);
    expect(waits).toEqual([...waits].sort((a, b) => a - b));
    expect(waits).toHaveLength(8);
  });

  test("asks until the server says the same twice: what was on its way may still be being written down", async () => {
    const server = new FakeServer(20 * MIB);
    server.fault = once(0, 0, new Broken());
    const late = [0, MIB, 3 * MIB, 3 * MIB];
    server.lookFault = () => ((server.offset = late.shift() ?? server.offset), null);
    const run = start(server);
    await run.landed;
    expect(server.slices[1]?.offset).toBe(3 * MIB);
    expect(server.looks).toBe(4);
  });

  test("never fails while bytes come through, however often it breaks", async () => {
    const server = new FakeServer(20 * MIB);
    server.fault = (_, length) => (length > MIB / 2 ? { keep: MIB / 2, error: new Broken() } : null);
    await start(server).landed;
    expect(whole(server)).toBe(true);
    expect(server.slices.length).toBeGreaterThan(39);
  });

  test("is an outage if nothing of the server answers: the queue holds the file then", async () => {
    const server = new FakeServer(20 * MIB);
    server.reachable = false;
    server.fault = once(0, MIB, new Broken());
    await expect(start(server).landed).rejects.toBeInstanceOf(Broken);
  });

  test("is none if it is the file that cannot be read any more", async () => {
    const server = new FakeServer(20 * MIB);
    server.fault = once(0, MIB, new Broken());
    const file = new File([pattern(server.size)], "big.bin");
    Object.assign(file, { slice: () => ({ size: 8 * MIB, slice: () => new Blob(), arrayBuffer: () => Promise.reject(new DOMException("", "NotReadableError")) }) });
    await expect(start(server, { file }).landed).rejects.toMatchObject({ code: "file_unreadable" });
  });

  test.each(Array.from({ length: 30 }, (_, n) => n + 1))("a storm of faults, seed %i: every byte arrives, each once", async (seed) => {
    let state = seed * 2654435761;
    const chance = () => ((state = (Math.imul(state ^ (state >>> 15), 2246822519) + 3266489917) | 0) >>> 0) / 2 ** 32;
    const server = new FakeServer(9 * MIB + seed);
    const errors = [() => new Broken(), () => refused(503), () => refused(409, "offset_mismatch"), () => refused(502)];
    server.fault = (_, length) => {
      const error = errors[Math.floor(chance() * 6)];
      return error ? { keep: Math.floor(chance() * length), error: error() } : null;
    };
    server.lookFault = () => (chance() < 0.2 ? new Broken() : null);
    const run = start(server);
    await run.landed;
    expect(whole(server)).toBe(true);
    const stored = run.moves.map((move) => move.stored);
    expect(stored).toEqual([...stored].sort((a, b) => a - b));
  });
});

describe("checksums", () => {
  test("each slice goes with its own", async () => {
    const server = new FakeServer(40 * MIB + 5);
    await start(server).landed;
    const file = new Blob([pattern(server.size)]);
    const right = server.slices.map(({ offset, length }) => sha256(file.slice(offset, offset + length)));
    expect(server.sums).toEqual(await Promise.all(right));
    expect(server.sums).not.toContain(null);
  });

  test("a slice that arrived as another is sent again", async () => {
    const server = new FakeServer(20 * MIB);
    server.fault = once(4 * MIB, 0, refused(460, "checksum_mismatch"));
    expect((await start(server).landed).problem).toBeNull();
    expect(whole(server)).toBe(true);
    expect(server.slices.map(({ offset }) => offset)).toEqual([0, 4 * MIB, 4 * MIB, 12 * MIB]);
  });

  test("a line that always spoils fails the file with the server's words in the end", async () => {
    const server = new FakeServer(9 * MIB);
    server.fault = () => ({ keep: 0, error: refused(460, "checksum_mismatch") });
    await expect(start(server).landed).rejects.toMatchObject({ status: 460, code: "checksum_mismatch" });
    expect(server.slices).toHaveLength(9);
    expect(server.sums).not.toContain(null);
  });

  test("a line that breaks before a slice is through carries smaller ones: of those with a checksum nothing is kept", async () => {
    const server = new FakeServer(9 * MIB);
    server.fault = (_, length) => (length > MIB / 8 ? { keep: 0, error: new Broken() } : null);
    expect((await start(server).landed).problem).toBeNull();
    expect(whole(server)).toBe(true);
  });

  test("without hashes everything goes as it is", async () => {
    vi.stubGlobal("crypto", {});
    const server = new FakeServer(9 * MIB);
    await start(server).landed.finally(() => vi.unstubAllGlobals());
    expect(whole(server)).toBe(true);
    expect(server.sums.every((sum) => sum === null)).toBe(true);
  });
});

describe("answers of the server", () => {
  test("busy with finishing is waited for as long as it asks, without counting as trouble", async () => {
    const server = new FakeServer(9 * MIB);
    let asked = 0;
    server.fault = once(4 * MIB, 5 * MIB, refused(423, "not_possible_now", 1000));
    server.lookFault = () => (asked++ < 20 ? refused(423, "not_possible_now", 2000) : null);
    const run = start(server);
    expect((await run.landed).problem).toBeNull();
    expect(server.rests).toEqual([1000, ...Array.from({ length: 20 }, () => 2000)]);
    expect(run.moves.some(({ phase }) => phase === "finishing")).toBe(true);
  });

  test.each([429, 503])("an overloaded server (%i) is asked again when it says so", async (status) => {
    const server = new FakeServer(9 * MIB);
    server.fault = once(0, 0, refused(status, "too_many_bodies", 7000));
    await start(server).landed;
    expect(server.rests).toEqual([7000]);
    expect(whole(server)).toBe(true);
  });

  test("a proxy that takes only small bodies gets small ones", async () => {
    const server = new FakeServer(9 * MIB);
    server.fault = (_, length) => (length > MIB ? { keep: 0, error: refused(413) } : null);
    await start(server).landed;
    expect(whole(server)).toBe(true);
    expect(server.slices.at(-2)?.length).toBe(MIB);
  });

  test.each([9 * MIB, 1000])("what stands before the server and takes no body at all is not asked for ever: %i bytes", async (size) => {
    const server = new FakeServer(size);
    server.fault = () => ({ keep: 0, error: refused(413) });
    await expect(start(server).landed).rejects.toMatchObject({ status: 413 });
    expect(server.slices.length).toBeLessThan(12);
  });

  test("a place for one more upload is waited for", async () => {
    const server = new FakeServer(9 * MIB);
    let asked = 0;
    server.openFault = () => (asked++ < 3 ? refused(429, "too_many_uploads", 5000) : null);
    await start(server).landed;
    expect(server.rests).toEqual([5000, 5000, 5000]);
    expect(whole(server)).toBe(true);
  });

  test("a body that was too slow goes on from where it stands", async () => {
    const server = new FakeServer(9 * MIB);
    server.fault = once(0, MIB, refused(408, "too_slow"));
    await start(server).landed;
    expect(server.slices[1]?.offset).toBe(MIB);
    expect(whole(server)).toBe(true);
  });

  test.each(["too_large", "quota_exceeded"])("a refusal is final: %s", async (code) => {
    const server = new FakeServer(9 * MIB);
    server.openFault = () => refused(413, code);
    await expect(start(server).landed).rejects.toMatchObject({ code });
    expect(server.rests).toEqual([]);
  });

  test("another writer is not fought with", async () => {
    const server = new FakeServer(9 * MIB);
    server.fault = once(0, 0, refused(409, "writer_replaced"));
    await expect(start(server).landed).rejects.toMatchObject({ code: "writer_replaced" });
  });

  test("a sign-out is handed to the queue, and what the server holds is kept", async () => {
    const server = new FakeServer(9 * MIB);
    server.fault = once(4 * MIB, 0, refused(401, "unauthenticated"));
    const run = start(server);
    expect((await run.landed).problem).toMatchObject({ status: 401 });
    expect(run.kept.get("print")).toMatchObject({ stored: 4 * MIB });
  });
});
