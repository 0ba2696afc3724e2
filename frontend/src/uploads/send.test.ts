import { expect, test, vi } from "vitest";
import type { Ask } from "../wire/exchange";
import { read, sendWhole } from "./send";
import type { Upload } from "./upload";

const TAKEN = { status: 202, body: '{"job": {"id": "1"}}\n' };
const DIFFERS = { status: 422, body: '{"status": 422, "code": "content_mismatch", "detail": "other bytes"}' };

function sending(...answers: { status: number; body: string }[]) {
  const asked: Ask[] = [];
  const exchange = async (ask: Ask) => (asked.push(ask), { ...(answers.shift() ?? TAKEN), header: () => null });
  const upload = { file: new File(["abc"], "a.txt"), lane: "interactive", group: null, target: null } as unknown as Upload;
  const hears = { opened: () => undefined, moved: () => undefined, says: () => undefined };
  return { asked, done: sendWhole({ exchange, reachable: async () => true }, upload, hears).done };
}

test("a whole file goes with the promise of its SHA-256", async () => {
  const { asked, done } = sending();
  expect(await done).toMatchObject({ job: { id: "1" }, problem: null });
  expect(asked[0]?.headers["X-Content-SHA256"]).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
});

test("a whole file that arrives as another is sent once more", async () => {
  const { asked, done } = sending(DIFFERS);
  expect(await done).toMatchObject({ job: { id: "1" }, problem: null });
  expect(asked).toHaveLength(2);
});

test("a whole file that arrives as another twice is refused with the server's words", async () => {
  const { asked, done } = sending(DIFFERS, DIFFERS, TAKEN);
  expect((await done).problem).toMatchObject({ code: "content_mismatch", message: "other bytes" });
  expect(asked).toHaveLength(2);
});

test("nothing is promised where the browser has no hashes", async () => {
  vi.stubGlobal("crypto", {});
  const { asked, done } = sending();
  await done;
  vi.unstubAllGlobals();
  expect(asked[0]?.headers).not.toHaveProperty("X-Content-SHA256");
});

test("an NDJSON line brings the job", () => {
  expect(read(202, '{"job": {"id": "1"}}\n', null)).toEqual({ job: { id: "1" }, problem: null });
});

test("an NDJSON error keeps its job and its problem", () => {
  const line = '{"error": {"status": 413, "code": "too_large", "detail": "too big", "remedy": "send less"}, "job": {"id": "1"}}\n';
  const { job, problem } = read(202, line, "cor");
  expect(job).toEqual({ id: "1" });
  expect(problem).toMatchObject({ status: 413, code: "too_large", message: "too big", remedy: "send less", correlationId: "cor" });
});

test("plain JSON brings its first job", () => {
  expect(read(202, '{"jobs": [{"id": "2"}]}', null).job).toEqual({ id: "2" });
});

test("a refusal keeps how long the server asks to be left alone", () => {
  expect(read(429, '{"code": "too_many_uploads"}', null, 5000).problem).toMatchObject({ code: "too_many_uploads", retryAfter: 5000 });
});

test("problem+json and a proxy's page are both problems", () => {
  expect(read(403, '{"status": 403, "code": "forbidden", "detail": "no"}', null).problem).toMatchObject({ code: "forbidden" });
  expect(read(502, "<html>Bad gateway</html>", null).problem).toMatchObject({ status: 502, message: "The server answered with status 502" });
  expect(read(202, "", null).problem).not.toBeNull();
});
