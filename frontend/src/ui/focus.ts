import { useEffect, useRef, type FocusEvent, type RefObject } from "react";

const CONTROL = "a[href], button, input";

/** Keeps the focus where somebody works when the control that had it goes away: to what stands in its row's place.
 *
 * Rows tell their place by `data-index`; where there are none, the box itself takes it. Browsers would start again at
 * the top of the page.
 */
export function useKeptFocus(box: RefObject<HTMLElement | null>): { onFocus: (event: FocusEvent) => void } {
  const last = useRef<{ control: Element; place: number } | null>(null);
  useEffect(() => {
    const held = last.current;
    if (!held || held.control.isConnected) return;
    last.current = null;
    if (document.activeElement !== document.body) return;
    const rows = [...(box.current?.querySelectorAll<HTMLElement>("[data-index]") ?? [])];
    const row = rows.find(({ dataset }) => Number(dataset["index"]) >= held.place) ?? rows.at(-1);
    (row?.querySelector<HTMLElement>(CONTROL) ?? box.current ?? document.getElementById("main"))?.focus({ preventScroll: true });
  });
  const onFocus = ({ target }: FocusEvent) => {
    last.current = { control: target, place: Number(target.closest<HTMLElement>("[data-index]")?.dataset["index"] ?? 0) };
  };
  return { onFocus };
}

/** Gives the focus back to what opened a form once the form is gone, unless a person has taken it elsewhere. */
export function useReturn(open: boolean, opener: RefObject<HTMLElement | null>): void {
  const was = useRef(open);
  useEffect(() => {
    if (was.current && !open && document.activeElement === document.body) opener.current?.focus();
    was.current = open;
  }, [open, opener]);
}
