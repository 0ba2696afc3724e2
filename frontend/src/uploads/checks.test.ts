import { expect, test } from "vitest";
import { LargestFile, refusal } from "./checks";
import { fingerprint } from "./fingerprint";

test("an empty file and one that is too large are refused in the server's words", () => {
  expect(refusal(new File([], "a"), null)).toMatchObject({ code: "empty_file", message: "the file is empty" });
  expect(refusal(new File(["12345"], "a"), 4)).toMatchObject({ code: "too_large", message: "the file is larger than the 4 bytes allowed here" });
  expect(refusal(new File(["12345"], "a"), 5)).toBeNull();
  expect(refusal(new File(["12345"], "a"), null)).toBeNull();
});

test("the limit is asked for until it is known, and then no more", async () => {
  const answers = [() => Promise.reject(new Error("no line")), () => Promise.resolve(7), () => Promise.resolve(8)];
  const largest = new LargestFile(() => (answers.shift() ?? expect.unreachable)());
  await largest.learn();
  expect(largest.bytes).toBeNull();
  await largest.learn();
  await largest.learn();
  expect(largest.bytes).toBe(7);
});

test("a fingerprint stays, and differs by name, size, time, either end, owner and what it becomes", async () => {
  const content = (first: string, last: string, size = 200_000) => [first, "x".repeat(size), last];
  const file = (parts: string[], name = "a", lastModified = 1) => new File(parts, name, { lastModified });
  const prints = await Promise.all([
    fingerprint(file(content("1", "2")), "ann"),
    fingerprint(file(content("1", "2")), "bob"),
    fingerprint(file(content("1", "2"), "b"), "ann"),
    fingerprint(file(content("1", "2"), "a", 2), "ann"),
    fingerprint(file(content("9", "2")), "ann"),
    fingerprint(file(content("1", "9")), "ann"),
    fingerprint(file(content("1", "2", 200_001)), "ann"),
    fingerprint(file(content("1", "2")), "ann", ["asset"]),
  ]);
  expect(new Set(prints).size).toBe(prints.length);
  expect(await fingerprint(file(content("1", "2")), "ann")).toBe(prints[0]);
});
