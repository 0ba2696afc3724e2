import { expect, test } from "vitest";
import { Slices } from "./slices";

const MIB = 1 << 20;

function planned(slices: Slices, size: number, ms: (bytes: number) => number): number[] {
  const sizes: number[] = [];
  for (let offset = 0; offset < size; ) {
    const end = slices.end(offset, size);
    sizes.push(end - offset);
    slices.took(end - offset, ms(end - offset));
    offset = end;
  }
  return sizes;
}

test("slices cover the file without gap or overlap, and none goes beyond its end", () => {
  const sizes = planned(new Slices(), 100 * MIB + 7, () => 10);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(100 * MIB + 7);
  expect(sizes.every((size) => size > 0)).toBe(true);
});

test("a fast line gets large slices, a slow one small ones, so that acknowledgements keep coming", () => {
  expect(Math.max(...planned(new Slices(), 400 * MIB, () => 20))).toBe(32 * MIB);
  const slow = planned(new Slices(), 100 * MIB, (bytes) => bytes / 100); // 100 kB a second
  expect(slow[1]).toBe(MIB);
});

test("a body that something in between refuses is cut into quarters, down to where it is no use", () => {
  const slices = new Slices();
  expect(slices.tooLarge(slices.end(0, 100 * MIB))).toBe(true);
  expect(slices.end(0, 100 * MIB)).toBe(MIB);
  slices.took(MIB, 1);
  expect(slices.end(0, 100 * MIB)).toBe(MIB); // speed does not bring the large ones back
  let tries = 0;
  while (slices.tooLarge(slices.end(0, 100 * MIB))) tries += 1;
  expect(tries).toBe(1);
});

test("a line that breaks gets less each time, and then more again step by step", () => {
  const slices = new Slices();
  const wanted = () => slices.end(0, 400 * MIB);
  for (const less of [MIB, MIB / 4, MIB / 16, MIB / 16]) {
    slices.broke(wanted());
    expect(wanted()).toBe(less);
  }
  for (const more of [MIB / 8, MIB / 4, MIB / 2, MIB, 2 * MIB]) {
    slices.took(wanted(), 1);
    expect(wanted()).toBe(more);
  }
});

test("what goes on after an interruption begins with less", () => {
  expect(new Slices(true).end(0, 400 * MIB)).toBeLessThan(new Slices().end(0, 400 * MIB));
});
