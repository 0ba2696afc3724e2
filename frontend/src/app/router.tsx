import { useEffect, useLayoutEffect, useRef, type AnchorHTMLAttributes, type MouseEvent } from "react";
import { Store, useStore } from "../wire/store";

export interface Place {
  path: string;
  query: URLSearchParams;
  /** How far down the page was when it was left; null for a page that is new. */
  scroll: number | null;
}

function here(scroll: number | null): Place {
  return { path: location.pathname, query: new URLSearchParams(location.search), scroll };
}

const place = new Store<Place>(here(null));

/** Follows the browser's own back and forward. Call once. */
export function startRouter(): () => void {
  history.scrollRestoration = "manual";
  const follow = (event: PopStateEvent) => place.set(here((event.state as { y?: number } | null)?.y ?? 0));
  window.addEventListener("popstate", follow);
  return () => window.removeEventListener("popstate", follow);
}

export function go(to: string, how: "push" | "replace" = "push"): void {
  if (how === "push") {
    history.replaceState({ y: window.scrollY }, "");
    history.pushState(null, "", to);
  } else {
    history.replaceState(history.state, "", to);
  }
  place.set(here(null));
}

export function usePlace(): Place {
  return useStore(place);
}

/** Scrolls and moves the focus when `page` becomes another; drawers over a page leave both alone. */
export function useArrival(page: string): void {
  const { scroll } = usePlace();
  const last = useRef(page);
  useLayoutEffect(() => {
    if (last.current === page) return;
    window.scrollTo(0, scroll ?? 0);
  }, [page, scroll]);
  useEffect(() => {
    if (last.current === page) return;
    last.current = page;
    document.getElementById("main")?.focus({ preventScroll: true });
  }, [page]);
}

export function Link({ href, ...rest }: AnchorHTMLAttributes<HTMLAnchorElement> & { href: string }) {
  const follow = (event: MouseEvent) => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    go(href);
  };
  return <a href={href} onClick={follow} {...rest} />;
}
