import { expect, test } from "vitest";
import { clock, frameAt, framesSaid, MILLISECONDS, rateOf, secondsAt, timecode } from "./timecode";

const NTSC = { num: 30_000, den: 1001 };
const FILM = { num: 24_000, den: 1001 };

test("the time of a frame leads back to it, at every rate", () => {
  for (const rate of [FILM, NTSC, { num: 25, den: 1 }, { num: 60_000, den: 1001 }, MILLISECONDS, { num: 15, den: 2 }]) {
    for (const frame of [0, 1, 2, 999, 1000, 107_891, 2_589_407]) expect(frameAt(secondsAt(frame, rate), rate)).toBe(frame);
  }
});

test("a frame's first moment is its own, though players round", () => {
  for (let frame = 0; frame < 5000; frame += 7) expect(frameAt((frame * 1001) / 24_000, FILM)).toBe(frame);
  expect(frameAt(-1, FILM)).toBe(0);
});

test("timecode without drops counts all frames", () => {
  expect([0, 24, 24 * 3600 + 5].map((frame) => timecode(frame, FILM))).toEqual(["00:00:00:00", "00:00:01:00", "01:00:00:05"]);
  expect(timecode(61 * 25 + 24, { num: 25, den: 1 })).toBe("00:01:01:24");
});

test("drop-frame timecode leaves out two numbers a minute but for each tenth", () => {
  expect([1799, 1800, 3597, 3598, 17_981, 17_982, 107_892].map((frame) => timecode(frame, NTSC))).toEqual([
    "00:00:59;29", "00:01:00;02", "00:01:59;29", "00:02:00;02", "00:09:59;29", "00:10:00;00", "01:00:00;00",
  ]);
  expect([3599, 3600].map((frame) => timecode(frame, { num: 60_000, den: 1001 }))).toEqual(["00:00:59;59", "00:01:00;04"]);
});

test("milliseconds are shown as a clock", () => {
  expect([timecode(61_250, MILLISECONDS), clock(3600.5), clock(-1)]).toEqual(["1:01.250", "1:00:00.500", "0:00.000"]);
  expect(framesSaid({ start: 1000, end: 2500, rate_num: 1000, rate_den: 1 })).toBe("0:01.000 – 0:02.500");
});

test("a rate is read as the server finds it in a film's header", () => {
  const found = ["24000/1001", "25", "30000/1001", "60000/1001", "25/2", "2997/100"];
  expect(found.map((said) => rateOf({ frame_rate: said, duration_seconds: 12.5, width: 1920, height: 1080 }))).toEqual([
    FILM, { num: 25, den: 1 }, NTSC, { num: 60_000, den: 1001 }, { num: 25, den: 2 }, { num: 2997, den: 100 },
  ]);
});

test("rates are read however facts write them, and nonsense is none", () => {
  expect(["24000/1001", 23.976, "29.97", 25, "12.5", "30:1"].map((said) => rateOf({ frame_rate: said }))).toEqual([
    FILM, FILM, NTSC, { num: 25, den: 1 }, { num: 12_500, den: 1000 }, { num: 30, den: 1 },
  ]);
  for (const said of ["", "0", "24/0", "fast", -1, 0, NaN, 1e12, null]) expect(rateOf({ frame_rate: said })).toBeNull();
});
