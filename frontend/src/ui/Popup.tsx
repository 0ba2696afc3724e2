import { useEffect, useRef, useState, type KeyboardEvent, type ReactNode } from "react";

interface Props {
  /** What the button is called; its look is `face`. */
  label: string;
  face: ReactNode;
  look: string;
  className?: string;
  testId?: string;
  children: (close: () => void) => ReactNode;
}

/** A button and what it opens. It closes when somebody picks, presses Escape or goes elsewhere; arrows walk through it. */
export function Popup({ label, face, look, className = "", testId, children }: Props) {
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (!open) return undefined;
    const elsewhere = ({ target }: Event) => {
      if (target instanceof Node && !box.current?.contains(target)) setOpen(false);
    };
    document.addEventListener("pointerdown", elsewhere);
    document.addEventListener("focusin", elsewhere);
    return () => {
      document.removeEventListener("pointerdown", elsewhere);
      document.removeEventListener("focusin", elsewhere);
    };
  }, [open]);
  const close = () => {
    if (box.current?.contains(document.activeElement)) button.current?.focus();
    setOpen(false);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape" && open) {
      event.stopPropagation();
      close();
    } else if (open && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      step(box.current, event.key === "ArrowDown" ? 1 : -1);
    }
  };
  return (
    <div ref={box} className={`popup ${className}`} onKeyDown={onKeyDown}>
      <button ref={button} type="button" className={look} aria-label={label} title={label} aria-expanded={open} onClick={() => (open ? close() : setOpen(true))} data-testid={testId}>
        {face}
      </button>
      {open && <div className="popup-body">{children(close)}</div>}
    </div>
  );
}

function step(box: HTMLElement | null, by: number): void {
  const stops = [...(box?.querySelectorAll<HTMLElement>("a[href], button:not(:disabled)") ?? [])];
  const at = stops.findIndex((stop) => stop === document.activeElement);
  stops[(at + by + stops.length) % stops.length]?.focus();
}
