import { expect, test } from "vitest";
import { marked, matches, UNMARKED } from "./marks";

const MIB = 1 << 20;
const filled = (byte: number) => new Uint8Array(MIB).fill(byte);
const file = (...bytes: number[]) => new File(bytes.map(filled), "a");

test("a file is known by the first and the last part that was acknowledged", async () => {
  const original = file(1, 2, 3, 4);
  const marks = await marked(await marked(UNMARKED, original, 0, 2 * MIB), original, 2 * MIB, 3 * MIB);
  expect(marks).toMatchObject({ first: { start: 0, end: 2 * MIB }, last: { start: 2 * MIB, end: 3 * MIB } });
  expect(await matches(marks, file(1, 2, 3, 4))).toBe(true);
  expect(await matches(marks, file(9, 2, 3, 4))).toBe(false);
  expect(await matches(marks, file(1, 2, 9, 4))).toBe(false);
  expect(await matches(UNMARKED, file(9))).toBe(true);
});
