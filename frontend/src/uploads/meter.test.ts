import { expect, test } from "vitest";
import { Meter } from "./meter";

test("says nothing until there is enough to tell", () => {
  const meter = new Meter();
  meter.mark(0, 0);
  meter.mark(900, 4e6); // what a browser takes at once is not what the line carries
  expect(meter.rate()).toBeNull();
  meter.mark(2_000, 8e6);
  expect(meter.rate()).toBe(4e6);
});

test("a line that stands still comes to nothing within seconds", () => {
  const meter = new Meter();
  for (let second = 0; second <= 3; second++) meter.mark(second * 1000, second * 5e6);
  for (let second = 4; second <= 9; second++) meter.mark(second * 1000, 15e6);
  expect(meter.rate()).toBe(0);
});
