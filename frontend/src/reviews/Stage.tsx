import { useCallback, useEffect, useRef, useState, type KeyboardEvent, type PointerEvent, type ReactNode } from "react";
import { Icon } from "../ui/Icon";
import { between, fit, FITTED, inPicture, lookAt, panned, zoomed, type Point, type Size, type View } from "./geometry";
import type { Region } from "./types";

export interface Pin {
  id: string;
  number: number;
  region: Region;
  chosen: boolean;
  resolved: boolean;
  title: string;
}

interface StageProps {
  picture: Size;
  label: string;
  pins: readonly Pin[];
  draft: Region | null;
  drawing: boolean;
  /** Looks there whenever it is another object. */
  look: { region: Region } | null;
  onDraw: (region: Region) => void;
  onChoose: (id: string) => void;
  children: ReactNode;
}

const STEP = 1.25;
const PAN = 60;
const NONE: Size = { width: 0, height: 0 };

/** A picture that can be zoomed and moved, with what people point at drawn over it. */
export function Stage({ picture, label, pins, draft, drawing, look, onDraw, onChoose, children }: StageProps) {
  const box = useRef<HTMLDivElement>(null);
  const stage = useSize(box);
  const [view, setView] = useState<View>(FITTED);
  const hand = useHand({ box, stage, picture, view, setView, drawing, onDraw });
  useWheel(box, useCallback((factor: number, at: Point) => setView((held) => zoomed(held, factor, at, stage)), [stage]), view.zoom > 1);
  useEffect(() => {
    if (look) setView((held) => lookAt(held, look.region, picture, stage));
  }, [look, picture, stage]);
  const middle = { x: stage.width / 2, y: stage.height / 2 };
  const zoom = (factor: number) => setView((held) => zoomed(held, factor, middle, stage));
  const lies = fit(picture, stage);
  const onKeyDown = (event: KeyboardEvent) => {
    const moved = keyed(event.key, view, middle, stage);
    if (!moved || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    setView(moved);
  };
  return (
    <div className="stage" data-drawing={drawing || undefined} data-zoomed={view.zoom > 1 || undefined}>
      <div ref={box} className="stage-box" tabIndex={0} role="group" aria-label={`${label}. Plus and minus zoom, arrows move, 0 fits.`} data-testid="stage"
        onKeyDown={onKeyDown} {...hand.on}>
        <div className="stage-view" style={{ transform: `translate(${view.x}px, ${view.y}px) scale(${view.zoom})` }}>
          <div className="stage-picture" style={{ left: lies.x, top: lies.y, width: lies.width, height: lies.height }} data-testid="stage-picture">
            {children}
            {pins.map((pin) => <PinMark key={pin.id} pin={pin} zoom={view.zoom} onChoose={onChoose} />)}
            {(hand.drawn ?? draft) && <span className="region draft" style={placed(hand.drawn ?? draft, view.zoom)} data-testid="region-draft" />}
          </div>
        </div>
      </div>
      {drawing && <p className="stage-hint" role="status">Draw a rectangle around what you mean. Esc stops.</p>}
      <div className="stage-zoom" role="group" aria-label="Zoom">
        <button type="button" aria-label="Zoom out" disabled={view.zoom <= 1} onClick={() => zoom(1 / STEP)}>−</button>
        <button type="button" aria-label={`${Math.round(view.zoom * 100)} %: fit`} disabled={view.zoom <= 1} onClick={() => setView(FITTED)} data-testid="zoom">{Math.round(view.zoom * 100)} %</button>
        <button type="button" aria-label="Zoom in" onClick={() => zoom(STEP)}>+</button>
      </div>
    </div>
  );
}

/** Says in place of a picture why there is none. */
export function NoPicture({ children }: { children: ReactNode }) {
  return <div className="stage stage-none"><Icon name="other" size={32} /><div>{children}</div></div>;
}

function PinMark({ pin, zoom, onChoose }: { pin: Pin; zoom: number; onChoose: (id: string) => void }) {
  return (
    <button type="button" className="region" style={placed(pin.region, zoom)} aria-pressed={pin.chosen} aria-label={`Comment ${pin.number}: ${pin.title}`}
      data-resolved={pin.resolved || undefined} data-testid="region" data-thread={pin.id} onClick={() => onChoose(pin.id)}>
      <span className="pin" style={{ transform: `scale(${1 / zoom})` }}>{pin.number}</span>
    </button>
  );
}

// Lines stay as thin as they are, however near one looks.
function placed(region: Region | null, zoom: number) {
  if (!region) return {};
  const share = (part: number) => `${part * 100}%`;
  return { left: share(region.x), top: share(region.y), width: share(region.width), height: share(region.height), borderWidth: 2 / zoom };
}

function keyed(key: string, view: View, middle: Point, stage: Size): View | null {
  if (key === "+" || key === "=") return zoomed(view, STEP, middle, stage);
  if (key === "-") return zoomed(view, 1 / STEP, middle, stage);
  if (key === "0") return FITTED;
  const moves: Record<string, [number, number]> = { ArrowLeft: [PAN, 0], ArrowRight: [-PAN, 0], ArrowUp: [0, PAN], ArrowDown: [0, -PAN] };
  const move = moves[key];
  return move && view.zoom > 1 ? panned(view, ...move, stage) : null;
}

function useSize(box: { current: HTMLElement | null }): Size {
  const [size, setSize] = useState<Size>(NONE);
  useEffect(() => {
    const watched = box.current;
    if (!watched) return;
    const observer = new ResizeObserver(() => setSize({ width: watched.clientWidth, height: watched.clientHeight }));
    observer.observe(watched);
    return () => observer.disconnect();
  }, [box]);
  return size;
}

// React listens to wheels passively, and then the page would scroll away beneath. Out of the fitted picture it may.
function useWheel(box: { current: HTMLElement | null }, onZoom: (factor: number, at: Point) => void, isNear: boolean): void {
  useEffect(() => {
    const watched = box.current;
    if (!watched) return;
    const turn = (event: WheelEvent) => {
      if (event.deltaY >= 0 && !isNear && !event.ctrlKey) return;
      event.preventDefault();
      const { left, top } = watched.getBoundingClientRect();
      onZoom(Math.exp(-Math.max(-60, Math.min(60, event.deltaY)) / 240), { x: event.clientX - left, y: event.clientY - top });
    };
    watched.addEventListener("wheel", turn, { passive: false });
    return () => watched.removeEventListener("wheel", turn);
  }, [box, onZoom, isNear]);
}

interface Hand {
  box: { current: HTMLElement | null };
  stage: Size;
  picture: Size;
  view: View;
  setView: (change: (held: View) => View) => void;
  drawing: boolean;
  onDraw: (region: Region) => void;
}

/** What fingers and the mouse do: draw, move the picture, and with two fingers zoom. */
function useHand({ box, stage, picture, view, setView, drawing, onDraw }: Hand) {
  const fingers = useRef(new Map<number, Point>());
  const begun = useRef<Point | null>(null);
  const [drawn, setDrawn] = useState<Region | null>(null);
  const at = (event: PointerEvent): Point => {
    const { left, top } = box.current?.getBoundingClientRect() ?? { left: 0, top: 0 };
    return { x: event.clientX - left, y: event.clientY - top };
  };
  const onPointerDown = (event: PointerEvent) => {
    if (event.button !== 0 || (!drawing && (event.target as Element).closest("button"))) return;
    fingers.current.set(event.pointerId, at(event));
    if (drawing) begun.current = inPicture(at(event), view, picture, stage);
    if (drawing || view.zoom > 1 || fingers.current.size > 1) event.currentTarget.setPointerCapture(event.pointerId);
  };
  const onPointerMove = (event: PointerEvent) => {
    const before = fingers.current.get(event.pointerId);
    if (!before) return;
    const now = at(event);
    if (begun.current) setDrawn(between(begun.current, inPicture(now, view, picture, stage)));
    else if (fingers.current.size === 2) {
      const other = [...fingers.current].find(([id]) => id !== event.pointerId)?.[1] ?? now;
      const factor = Math.hypot(now.x - other.x, now.y - other.y) / Math.max(1, Math.hypot(before.x - other.x, before.y - other.y));
      setView((held) => zoomed(held, factor, other, stage));
    } else setView((held) => panned(held, now.x - before.x, now.y - before.y, stage));
    fingers.current.set(event.pointerId, now);
  };
  const onPointerUp = (event: PointerEvent) => {
    const region = begun.current && between(begun.current, inPicture(at(event), view, picture, stage));
    letGo(event);
    if (region) onDraw(region);
  };
  const letGo = (event: PointerEvent) => {
    fingers.current.delete(event.pointerId);
    begun.current = null;
    setDrawn(null);
  };
  return { drawn, on: { onPointerDown, onPointerMove, onPointerUp, onPointerCancel: letGo } };
}
