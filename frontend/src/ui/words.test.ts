import { expect, test } from "vitest";
import { ago, bytes, counted, duration, kindName, label, many, sentence, timeLeft } from "./words";

test("sizes", () => {
  expect([0, 999, 1000, 123_456, 5_500_000_000].map(bytes)).toEqual(["0 B", "999 B", "1.0 kB", "123 kB", "5.5 GB"]);
  expect(bytes(null)).toBe("–");
});

test("durations", () => {
  expect([5, 1500, 42_000, 125_000, 7_320_000].map(duration)).toEqual(["5 ms", "1.5 s", "42 s", "2 min 5 s", "2 h 2 min"]);
});

test("time left is no finer than anybody can know", () => {
  expect([300, 9_000, 47_000, 58_000, 62_000, 3_500_000, 3_700_000, 1e9].map(timeLeft)).toEqual([
    "a few seconds left", "about 10 s left", "about 50 s left", "about 1 min left", "about 2 min left", "about 59 min left", "about 2 h left",
    "more than two days left",
  ]);
});

test("times near and far", () => {
  const now = Date.parse("2026-03-10T12:00:00Z");
  expect(["2026-03-10T11:59:50Z", "2026-03-10T11:50:00Z", "2026-03-10T09:00:00Z", "2026-03-09T12:00:00Z"].map((t) => ago(t, now)))
    .toEqual(["just now", "10 min ago", "3 h ago", "1 day ago"]);
});

test("sentences, labels and counts", () => {
  expect(sentence("the file is empty")).toBe("The file is empty.");
  expect(sentence("Really?")).toBe("Really?");
  expect(label("unity_version")).toBe("Unity version");
  expect(label("unityVersion")).toBe("Unity version");
  expect(many(1, "file")).toBe("1 file");
  expect(many(1200, "entry", "entries")).toBe("1,200 entries");
  expect([7, 999, 1000].map(counted)).toEqual(["7", "999", "1,000+"]);
  expect(kindName("model3d")).toBe("3D model");
  expect(kindName("new_kind")).toBe("New kind");
});
