import { expect, test } from "vitest";
import { checked } from "./checks";

const AT = "2026-01-01T00:00:00Z";

test("says what was looked at, and by whom", () => {
  expect(checked([{ what: "size", by: "store", at: AT }, { what: "read_back", by: "worker", at: AT }]))
    .toBe("Size (store), read back from the store unchanged (worker)");
});

test("shows a check that a newer server made", () => {
  expect(checked([{ what: "part_md5", by: "store", at: AT }])).toBe("Part md5 (store)");
});

test("claims nothing that nobody did", () => {
  expect(checked([])).toBe("Nothing yet");
});
