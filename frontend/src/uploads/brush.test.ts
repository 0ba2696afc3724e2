import { expect, test } from "vitest";
import { Brush } from "./brush";

/** Paints that are due, with their waits; time passes only when the test says so. */
function bench() {
  const due: { run: () => void; ms: number }[] = [];
  const held = { painted: 0, isMoving: true, due };
  const brush = new Brush({ later: (run, ms) => due.push({ run, ms }) }, () => (held.painted++, held.isMoving));
  return { ...held, held, brush, pass: () => due.splice(0).forEach(({ run }) => run()) };
}

test("many changes are painted once", () => {
  const { brush, held, pass } = bench();
  for (let change = 0; change < 100; change++) brush.soon();
  pass();
  expect(held.painted).toBe(1);
});

test("what is on its way is looked at each second, also if it tells nothing", () => {
  const { brush, held, due, pass } = bench();
  brush.soon();
  pass();
  expect(due.map(({ ms }) => ms)).toEqual([1000]);
  pass();
  pass();
  expect(held.painted).toBe(3);
});

test("at rest nothing is looked at", () => {
  const { brush, held, due, pass } = bench();
  held.isMoving = false;
  brush.soon();
  pass();
  expect(due).toEqual([]);
});

test("changes do not add looks to those that come each second", () => {
  const { brush, held, pass } = bench();
  for (let change = 0; change < 5; change++) {
    brush.soon();
    pass();
  }
  pass();
  const before = held.painted;
  pass();
  expect(held.painted - before).toBe(1);
});
