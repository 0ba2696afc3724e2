import { useEffect, useRef, type KeyboardEvent, type ReactNode } from "react";
import { number } from "../ui/words";
import { TABS, type Tab } from "./place";

/** A row of tabs and the panel of the chosen one. The arrows move between them, Tab goes into the panel. */
export function Tabs({ tab, counts, onChoose, children }: { tab: Tab; counts: Partial<Record<Tab, number>>; onChoose: (tab: Tab) => void; children: ReactNode }) {
  const row = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const chosen = row.current?.querySelector<HTMLElement>(`#tab-${tab}`);
    if (chosen && row.current) row.current.scrollLeft = chosen.offsetLeft - (row.current.clientWidth - chosen.clientWidth) / 2; // a phone shows some of them
  }, [tab]);
  const keys = (event: KeyboardEvent) => {
    const to = next(tab, event.key);
    if (!to) return;
    event.preventDefault();
    onChoose(to);
    row.current?.querySelector<HTMLElement>(`#tab-${to}`)?.focus();
  };
  return (
    <>
      <div className="tabs" role="tablist" aria-label="Parts of this asset" ref={row} onKeyDown={keys}>
        {TABS.map((each) => (
          <button key={each} id={`tab-${each}`} type="button" role="tab" aria-selected={each === tab} aria-controls="tab-panel" tabIndex={each === tab ? 0 : -1}
            onClick={() => onChoose(each)} data-testid={`tab-${each}`}>
            {each.charAt(0).toUpperCase() + each.slice(1)}
            {counts[each] ? <span className="count">{number(counts[each])}</span> : null}
          </button>
        ))}
      </div>
      <div id="tab-panel" role="tabpanel" aria-labelledby={`tab-${tab}`} tabIndex={0} className="tab-panel">{children}</div>
    </>
  );
}

/** The tab that a key leads to, around the ends; null for every other key. */
export function next(tab: Tab, key: string): Tab | null {
  const at = TABS.indexOf(tab);
  const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: TABS.length - 1 }[key];
  return to === undefined ? null : (TABS[(to + TABS.length) % TABS.length] ?? null);
}
