import { describe, expect, it } from "vitest";
import { endOf, endsIn, shareTokenIn } from "./link";

const TOKEN = "a".repeat(40) + "-_9";
const NOW = Date.parse("2026-01-01T00:00:00Z");

describe("the token of a share link", () => {
  it("is all of the fragment", () => expect(shareTokenIn(`#${TOKEN}`)).toBe(TOKEN));
  it.each(["", "#", "#short", `#${TOKEN}/x`, `#signin=${TOKEN}`, `#${TOKEN}%20`, `#${"x".repeat(300)}`])("is not in %s", (hash) => {
    expect(shareTokenIn(hash)).toBeNull();
  });
});

describe("the end of a link", () => {
  it.each([
    ["2026-01-01T00:20:00Z", "in less than an hour"],
    ["2026-01-01T01:20:00Z", "in 1 hour"],
    ["2026-01-02T12:00:00Z", "in 36 hours"],
  ])("%s is %s", (iso, said) => expect(endsIn(iso, NOW)).toBe(said));
  it("is a date when it is far", () => expect(endsIn("2026-02-01T12:00:00Z", NOW)).toMatch(/2026/));
});

describe("when a new link ends", () => {
  it("is left to the server, counted from now, or the end of a day", () => {
    expect(endOf("usual", "", NOW)).toBeNull();
    expect(endOf("7", "", NOW)).toBe("2026-01-08T00:00:00.000Z");
    expect(endOf("day", "2026-01-02", NOW)).toBe(new Date("2026-01-02T23:59:59").toISOString());
    expect(endOf("day", "", NOW)).toBeNull();
  });
});
