import { expect, test } from "vitest";
import { handing, initials, lastUsed, shade, whole } from "./words";

test.each([
  ["Ada Lovelace", "AL"], ["Bo", "B"], ["  grace  brewster hopper ", "GH"], ["𝒜da 李", "𝒜李"], ["  zoë ", "Z"], ["🎨 x", "🎨X"], ["", ""],
])("%s is shown as %s", (name, shown) => {
  expect(initials(name)).toBe(shown);
});

test("a person keeps their colour", () => {
  expect(shade("an-id", 6)).toBe(shade("an-id", 6));
  expect(shade("another-id", 6)).toBeLessThan(6);
});

test("a link without an address gets ours, and one with an address keeps its own", () => {
  expect(whole("/#invitation=tok", "https://here.example")).toBe("https://here.example/#invitation=tok");
  expect(whole("https://assets.example/#reset=tok", "https://here.example")).toBe("https://assets.example/#reset=tok");
});

test("what became of a link is said with what to do", () => {
  expect(handing({ mailed: true, link: null, problem: null }, "bo@example.org")).toBe("The link is on its way to bo@example.org.");
  expect(handing({ mailed: false, link: "/#x", problem: null }, "bo@example.org")).toContain("No mail is set up here. Send this link");
  expect(handing({ mailed: false, link: "/#x", problem: "it is away" }, "bo@example.org")).toContain("It is away. Send this link");
});

test("a key's last use is said no finer than it is known", () => {
  const now = Date.parse("2026-01-02T12:00:00Z");
  expect(lastUsed(null, now)).toBe("never used");
  expect(lastUsed("2026-01-02T11:40:00Z", now)).toBe("used within the hour");
  expect(lastUsed("2026-01-02T09:00:00Z", now)).toBe("used 3 h ago");
});
