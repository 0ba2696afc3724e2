import { expect, test } from "vitest";
import { pace } from "./pace";

test("speed and time left of what is on its way", () => {
  expect(pace({ bytes: 300e6, bytesSent: 60e6, rate: 6e6 })).toEqual(["6.0 MB/s", "about 40 s left"]);
});

test("a line that stands still has no time left to tell of", () => {
  expect(pace({ bytes: 300e6, bytesSent: 60e6, rate: 0 })).toEqual(["nothing has left in the last seconds"]);
});

test("nothing is said of what is not known, nor once all has left", () => {
  expect(pace({ bytes: 300e6, bytesSent: 60e6, rate: null })).toEqual([]);
  expect(pace({ bytes: 300e6, bytesSent: 300e6, rate: 6e6 })).toEqual([]);
});
