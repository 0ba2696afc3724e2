import { expect, test } from "vitest";
import { layoutOf, moved, placesIn, rowCount, rowsWith } from "./rows";

test("as many columns as there is room for, all rows of one height", () => {
  expect(layoutOf("grid", 1104, false).columns).toBe(5);
  expect(layoutOf("grid", 100, false).columns).toBe(1);
  expect(layoutOf("grid", 358, true)).toEqual({ columns: 2, rowHeight: Math.round(173 * 0.75) + 104 + 12 });
  expect(layoutOf("list", 1104, false).columns).toBe(1);
});

test("the last row has what is left", () => {
  expect([rowCount(11, 5, false), rowCount(10, 5, false), rowCount(0, 5, false)]).toEqual([3, 2, 0]);
  expect(rowCount(11, 5, true)).toBeGreaterThan(3);
  expect(placesIn(2, 5, 11)).toEqual([10]);
});

test("the row that has the focus is always there, once", () => {
  expect(rowsWith([4, 5, 6], 900, 1000)).toEqual([4, 5, 6, 900]);
  expect(rowsWith([4, 5, 6], 1, 1000)).toEqual([1, 4, 5, 6]);
  expect(rowsWith([4, 5, 6], 5, 1000)).toEqual([4, 5, 6]);
  expect(rowsWith([0], 3, 2)).toEqual([0]);
});

test.each([
  ["ArrowRight", 0, 1], ["ArrowRight", 10, 10], ["ArrowLeft", 0, 0], ["ArrowLeft", 5, 4], ["ArrowDown", 2, 7], ["ArrowDown", 9, 10], ["ArrowDown", 10, 10],
  ["ArrowUp", 3, 3], ["ArrowUp", 7, 2], ["Home", 7, 0], ["End", 3, 10], ["PageDown", 0, 10], ["PageUp", 8, 3], ["x", 4, null],
])("%s leads from %i to %s of eleven in rows of five", (key, from, to) => {
  expect(moved(key, from, { columns: 5, rowHeight: 1 }, 11, 2)).toBe(to);
});

test("no key leads anywhere in an empty list", () => {
  expect(moved("ArrowDown", 0, { columns: 5, rowHeight: 1 }, 0, 2)).toBeNull();
});
