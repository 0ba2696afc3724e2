import { useEffect, useRef } from "react";

/** Asks for more when the end of a list comes near the window. `turn` changes with each page, so a short one asks again. */
export function Sentinel({ onNear, turn }: { onNear: () => void; turn: number }) {
  const mark = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!mark.current) return undefined;
    const near = new IntersectionObserver((seen) => seen.some((s) => s.isIntersecting) && onNear(), { rootMargin: "800px" });
    near.observe(mark.current);
    return () => near.disconnect();
  }, [onNear, turn]);
  return <div ref={mark} className="sentinel" aria-hidden="true" />;
}
