import { expect, test } from "vitest";
import { entriesOf, marked, marksOf, pinsOf } from "./pointing";
import type { Thread } from "./threads";
import type { Anchor, Comment } from "./types";

const REGION = { x: 0, y: 0, width: 0.5, height: 0.5 };
const frames = (start: number, end = start) => ({ start, end, rate_num: 25, rate_den: 1 });

function thread(id: string, anchor: Anchor | null, resolved_at: string | null = null): Thread {
  return { first: { id, anchor, resolved_at, text: "t", author: { id: "m", name: "M" } } as Comment, replies: [] };
}

const ALL = [thread("1", { region: REGION }), thread("2", { region: REGION, frames: frames(10, 20) }), thread("3", { frames: frames(5) }), thread("4", null), thread("5", { region: REGION }, "now")];
const NUMBERS = new Map(ALL.map(({ first }, place) => [first.id, place + 1]));

test("over a film only what is meant of this frame is drawn", () => {
  const drawn = (seconds: number, picked: string | null = null) => pinsOf(ALL, NUMBERS, picked, seconds).map(({ id }) => id);
  expect([drawn(0), drawn(10.5 / 25), drawn(20.5 / 25), drawn(21.5 / 25)]).toEqual([["1"], ["1", "2"], ["1", "2"], ["1"]]);
  expect(drawn(0, "5")).toEqual(["1", "5"]);
});

test("marks are of those with frames, in their numbers", () => {
  expect(marksOf(ALL, NUMBERS, "3").map(({ number, chosen }) => [number, chosen])).toEqual([[2, false], [3, true]]);
});

test("entries count what is open", () => {
  const entry = { entry: { guid: "g" } };
  expect([...entriesOf([thread("1", entry), thread("2", entry), thread("3", entry, "now")])]).toEqual([["g", 2]]);
});

test("in and out make a range, whichever comes first", () => {
  expect(marked(null, frames(7), "in")).toEqual(frames(7));
  expect(marked(frames(7), frames(12), "out")).toEqual(frames(7, 12));
  expect(marked(frames(7, 12), frames(3), "in")).toEqual(frames(3, 12));
  expect(marked(frames(7, 12), frames(20), "in")).toEqual(frames(20));
  expect(marked(frames(7, 12), frames(3), "out")).toEqual(frames(3));
  expect(marked({ ...frames(7), rate_num: 24 }, frames(9), "out")).toEqual(frames(9));
});
