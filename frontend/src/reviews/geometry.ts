import type { Region } from "./types";

export interface Point {
  x: number;
  y: number;
}

export interface Size {
  width: number;
  height: number;
}

/** How the picture lies in its stage: `x` and `y` move it, `zoom` 1 is "as large as fits". */
export interface View extends Point {
  zoom: number;
}

export const FITTED: View = { x: 0, y: 0, zoom: 1 };
const MOST = 40;
const SMALLEST = 0.004; // a click, or a hand that trembled

/** The picture as large as it fits, in the middle. */
export function fit(picture: Size, stage: Size): Point & Size {
  if (picture.width <= 0 || picture.height <= 0) return { x: 0, y: 0, width: 0, height: 0 };
  const scale = Math.min(stage.width / picture.width, stage.height / picture.height);
  const width = picture.width * scale;
  const height = picture.height * scale;
  return { x: (stage.width - width) / 2, y: (stage.height - height) / 2, width, height };
}

/** Zooms so that what is under `at` (a point of the stage) stays there. */
export function zoomed(view: View, factor: number, at: Point, stage: Size): View {
  const zoom = Math.min(MOST, Math.max(1, view.zoom * factor));
  const by = zoom / view.zoom;
  return held({ zoom, x: at.x - (at.x - view.x) * by, y: at.y - (at.y - view.y) * by }, stage);
}

export function panned(view: View, dx: number, dy: number, stage: Size): View {
  return held({ ...view, x: view.x + dx, y: view.y + dy }, stage);
}

// The zoomed stage always covers the stage: nobody pushes the picture out of sight.
function held({ x, y, zoom }: View, stage: Size): View {
  const within = (value: number, length: number) => Math.min(0, Math.max(length * (1 - zoom), value)) + 0; // + 0: never -0
  return { zoom, x: within(x, stage.width), y: within(y, stage.height) };
}

/** A point of the stage as a point of the picture, which is 1 by 1; never outside. */
export function inPicture(at: Point, view: View, picture: Size, stage: Size): Point {
  const lies = fit(picture, stage);
  const share = (value: number, start: number, length: number) => Math.min(1, Math.max(0, (value - start) / length));
  return {
    x: share((at.x - view.x) / view.zoom, lies.x, lies.width),
    y: share((at.y - view.y) / view.zoom, lies.y, lies.height),
  };
}

/** The rectangle between two points of the picture; null for one too small to be meant. */
export function between(a: Point, b: Point): Region | null {
  const x = Math.min(a.x, b.x);
  const y = Math.min(a.y, b.y);
  const width = Math.abs(a.x - b.x);
  const height = Math.abs(a.y - b.y);
  if (width < SMALLEST || height < SMALLEST) return null;
  return { x: round(x), y: round(y), width: round(Math.min(width, 1 - round(x))), height: round(Math.min(height, 1 - round(y))) };
}

function round(share: number): number {
  return Math.round(share * 1e5) / 1e5;
}

const PLAIN_PX = 24; // smaller things are looked at from nearer

/** Looks at a region: as it is where it is plain to see, otherwise in the middle and with room around it. */
export function lookAt(view: View, region: Region, picture: Size, stage: Size): View {
  const lies = fit(picture, stage);
  const width = Math.max(1, region.width * lies.width);
  const height = Math.max(1, region.height * lies.height);
  const left = lies.x + region.x * lies.width;
  const top = lies.y + region.y * lies.height;
  const inSight = (start: number, length: number, moved: number, space: number) =>
    start * view.zoom + moved >= -1 && (start + length) * view.zoom + moved <= space + 1;
  const plain = Math.max(width, height) * view.zoom >= PLAIN_PX;
  if (plain && inSight(left, width, view.x, stage.width) && inSight(top, height, view.y, stage.height)) return view;
  const zoom = Math.min(4, Math.max(1, 0.5 * Math.min(stage.width / width, stage.height / height)));
  return held({ zoom, x: stage.width / 2 - (left + width / 2) * zoom, y: stage.height / 2 - (top + height / 2) * zoom }, stage);
}
