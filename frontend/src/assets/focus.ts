import { useEffect, useRef, type RefObject } from "react";

/** Gives the focus back to what opened a form once the form is gone, unless a person has taken it elsewhere. */
export function useReturn(open: boolean, opener: RefObject<HTMLElement | null>): void {
  const was = useRef(open);
  useEffect(() => {
    if (was.current && !open && document.activeElement === document.body) opener.current?.focus();
    was.current = open;
  }, [open, opener]);
}
