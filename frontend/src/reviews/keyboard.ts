import { useEffect, useRef } from "react";
import type { Player } from "./player";

const PRESSED = "button, a, summary, input:not([type=range])";

interface Moves {
  player: Player | null;
  write: (() => void) | null;
  draw: (() => void) | null;
  mark: ((end: "in" | "out") => void) | null;
  stop: (() => void) | null;
  ask: () => void;
}

/** The keys of a review, wherever the focus is but where somebody types. */
export function useReviewKeys(moves: Moves): void {
  const latest = useRef(moves);
  useEffect(() => {
    latest.current = moves;
  });
  useEffect(() => {
    let clicked: Element | null = null;
    const click = ({ target }: PointerEvent) => {
      clicked = target instanceof Element ? target.closest(PRESSED) : null;
    };
    const press = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isTyped(event.target)) return;
      const move = moveOf(event.key, latest.current, event.target === clicked ? null : event.target);
      if (!move) return;
      event.preventDefault();
      move();
    };
    document.addEventListener("keydown", press);
    document.addEventListener("pointerdown", click);
    return () => {
      document.removeEventListener("keydown", press);
      document.removeEventListener("pointerdown", click);
    };
  }, []);
}

function moveOf(key: string, { player, write, draw, mark, stop, ask }: Moves, target: EventTarget | null): (() => void) | null {
  if (key === "?") return ask;
  if (key === "Escape") return stop;
  if (key === "c" || key === "C") return write;
  if (key === "r") return draw;
  if (key === "i" && mark) return () => mark("in");
  if (key === "o" && mark) return () => mark("out");
  if (!player) return null;
  if (key === ",") return () => player.step(-1);
  if (key === ".") return () => player.step(1);
  if (key === " ") return presses(target) ? null : () => player.toggle();
  if (key === "j" || key === "k" || key === "l") return () => player.shuttle(key);
  return null;
}

function isTyped(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('textarea, select, dialog, [contenteditable], input:not([type="range"], [type="checkbox"])') !== null;
}

// A space bar presses what somebody went to by keys; what a mouse has just pressed it leaves alone, and plays.
function presses(target: EventTarget | null): boolean {
  return target instanceof Element && target.matches(PRESSED);
}
