import { expect, test } from "vitest";
import type { GroupView } from "../wire/types";
import { countersOf, groupWord } from "./words";

const group = (status: GroupView["status"], jobs: GroupView["jobs"], retryable = jobs.ERROR ?? 0): GroupView =>
  ({ id: "g", name: "Crates", description: "", status, jobs, size: 2_000_000, retryable, created_at: "" });

test("one failure among many is not called the end of all", () => {
  expect(groupWord(group("FAILED", { COMPLETE: 13, ERROR: 1 })).text).toBe("Some failed");
  expect(groupWord(group("FAILED", { ERROR: 2 })).text).toBe("Failed");
});

test("a group that nobody has given a file yet is empty, not waiting", () => {
  expect(groupWord(group("PENDING", {})).text).toBe("Empty");
  expect(groupWord(group("PENDING", { PENDING: 1 })).text).toBe("Waiting");
});

test("counters", () => {
  expect(countersOf(group("FAILED", { COMPLETE: 2, ERROR: 1 }))).toBe("2 of 3 files ready · 1 failed · 2.0 MB");
});

test("files whose bytes never came are told apart, because a retry cannot help them", () => {
  const mixed = group("FAILED", { COMPLETE: 2, ERROR: 4 }, 1);
  expect(countersOf(mixed)).toBe("2 of 6 files ready · 4 failed · 3 files never arrived: send again · 2.0 MB");
  expect(countersOf(group("FAILED", { ERROR: 1 }, 0))).toContain("1 failed · 1 file never arrived: send again");
});
