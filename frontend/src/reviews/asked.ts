import { useEffect, useRef, useState } from "react";
import { usePlace, type Place } from "../app/router";
import { useStore } from "../wire/store";
import type { Comments } from "./comments";

/** Goes to the comment that the address names, each time that somebody follows one; true says that there is no such comment. */
export function useAsked(comments: Comments, choose: (thread: string) => void): boolean {
  const place = usePlace();
  const id = place.query.get("comment");
  const { held, phase } = useStore(comments.said);
  const [missing, setMissing] = useState<Place | null>(null);
  const sought = useRef<Place | null>(null);
  const chosen = useRef<Place | null>(null);
  const reached = useRef<Place | null>(null);
  useEffect(() => {
    if (id === null || phase !== "ready" || reached.current === place) return;
    const comment = held.get(id);
    if (!comment) {
      if (sought.current === place) return;
      sought.current = place;
      comments.find(id).then((found) => setMissing(found ? null : place), () => setMissing(place));
      return;
    }
    if (chosen.current !== place) {
      chosen.current = place;
      choose(comment.thread_id);
    }
    const shown = document.querySelector<HTMLElement>(`[data-comment="${CSS.escape(id)}"]`);
    if (!shown) return; // the list is about to show it
    reached.current = place;
    shown.scrollIntoView({ block: "center" });
    shown.focus({ preventScroll: true });
  });
  return id !== null && missing === place;
}
