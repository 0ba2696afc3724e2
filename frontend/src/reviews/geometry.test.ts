import { expect, test } from "vitest";
import { between, fit, FITTED, inPicture, lookAt, panned, zoomed } from "./geometry";

const STAGE = { width: 800, height: 600 };
const WIDE = { width: 1600, height: 400 };

test("a picture fits, in the middle", () => {
  expect(fit(WIDE, STAGE)).toEqual({ x: 0, y: 200, width: 800, height: 200 });
  expect(fit({ width: 10, height: 30 }, STAGE)).toEqual({ x: 300, y: 0, width: 200, height: 600 });
  expect(fit({ width: 0, height: 0 }, STAGE).width).toBe(0);
});

test("what is under the pointer stays under it, however often one zooms", () => {
  const at = { x: 210, y: 260 };
  const before = inPicture(at, FITTED, WIDE, STAGE);
  let view = FITTED;
  for (const factor of [1.3, 2, 0.8, 5, 0.5]) view = zoomed(view, factor, at, STAGE);
  const after = inPicture(at, view, WIDE, STAGE);
  expect(after.x).toBeCloseTo(before.x, 9);
  expect(after.y).toBeCloseTo(before.y, 9);
});

test("zooming out ends with the fitted picture, and no picture is pushed out of sight", () => {
  expect(zoomed(zoomed(FITTED, 8, { x: 700, y: 20 }, STAGE), 1 / 100, { x: 3, y: 500 }, STAGE)).toEqual(FITTED);
  const view = zoomed(FITTED, 2, { x: 400, y: 300 }, STAGE);
  expect(panned(view, 9999, -9999, STAGE)).toEqual({ zoom: 2, x: 0, y: -600 });
});

test("points beside the picture count as its edge", () => {
  expect(inPicture({ x: -50, y: 10 }, FITTED, WIDE, STAGE)).toEqual({ x: 0, y: 0 });
  expect(inPicture({ x: 400, y: 300 }, FITTED, WIDE, STAGE)).toEqual({ x: 0.5, y: 0.5 });
});

test("a rectangle is the same whichever corner one begins at, and stays inside", () => {
  const region = { x: 0.2, y: 0.3, width: 0.8, height: 0.4 };
  expect(between({ x: 1, y: 0.3 }, { x: 0.2, y: 0.7 })).toEqual(region);
  expect(between({ x: 0.2, y: 0.7 }, { x: 1, y: 0.3 })).toEqual(region);
  const odd = between({ x: 1 / 3, y: 2 / 3 }, { x: 1, y: 1 });
  expect(odd && odd.x + odd.width <= 1 && odd.y + odd.height <= 1).toBe(true);
  expect(between({ x: 0.5, y: 0.5 }, { x: 0.501, y: 0.9 })).toBeNull();
});

test("a region out of sight, or hard to see, is brought as near to the middle as can be", () => {
  const region = { x: 0.4, y: 0.4, width: 0.02, height: 0.02 };
  const middle = inPicture({ x: 400, y: 300 }, lookAt(FITTED, region, WIDE, STAGE), WIDE, STAGE);
  expect([middle.x, middle.y]).toEqual([expect.closeTo(0.41, 9), expect.closeTo(0.41, 9)]);
  const away = zoomed(FITTED, 8, { x: 790, y: 300 }, STAGE);
  expect(lookAt(away, { x: 0, y: 0, width: 1, height: 1 }, WIDE, STAGE)).toEqual(FITTED);
});

test("what is plain to see is looked at as it is", () => {
  const view = zoomed(FITTED, 1.5, { x: 400, y: 300 }, STAGE);
  expect(lookAt(view, { x: 0.4, y: 0.4, width: 0.2, height: 0.2 }, WIDE, STAGE)).toBe(view);
});
