import { useEffect } from "react";

/** What the window is called while this is on screen. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Asset Ingest`;
  }, [title]);
}
