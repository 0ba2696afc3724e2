import { expect, test } from "vitest";
import { extended, less, NONE, only, toggled } from "./selection";

test("selects one by one, and takes it back", () => {
  const two = toggled(toggled(NONE, "a"), "b");
  expect([...two.ids]).toEqual(["a", "b"]);
  expect([...toggled(two, "a").ids]).toEqual(["b"]);
});

test("a range begins where the last choice was, again and again", () => {
  const wide = extended(toggled(NONE, "a"), ["a", "b", "c"]);
  expect([[...wide.ids], wide.anchor]).toEqual([["a", "b", "c"], "a"]);
  expect(extended(NONE, ["x", "y"]).anchor).toBe("x");
});

test("what is done with is no longer selected, what failed still is", () => {
  const left = less(only(["a", "b", "c"]), new Set(["a", "c"]));
  expect([...left.ids]).toEqual(["b"]);
  expect(less(left, new Set(["b"]))).toBe(NONE);
});
