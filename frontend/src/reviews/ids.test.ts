import { expect, test } from "vitest";
import { madeAt, newId } from "./ids";

test("an id tells when it was made, and two are never the same", () => {
  const now = Date.parse("2026-11-21T12:00:00.123Z");
  const id = newId(now);
  expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(madeAt(id)).toBe(now);
  expect(newId(now)).not.toBe(id);
});
