import { expect, test } from "vitest";
import { read } from "./send";

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
