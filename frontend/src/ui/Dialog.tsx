import { useEffect, useId, useRef, type FormEvent, type ReactNode } from "react";
import { Icon } from "./Icon";

interface Props {
  title: string;
  onClose: () => void;
  onSubmit: () => void;
  children: ReactNode;
  testId: string;
}

/** A question over the page. Its first control has the focus; it closes by Escape and beside it, and gives the focus back. */
export function Dialog({ title, onClose, onSubmit, children, testId }: Props) {
  const box = useRef<HTMLDialogElement>(null);
  const titled = useId();
  useEffect(() => {
    const before = document.activeElement;
    box.current?.showModal();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
      else document.getElementById("main")?.focus({ preventScroll: true });
    };
  }, []);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onSubmit();
  };
  return (
    <dialog ref={box} className="dialog" aria-labelledby={titled} onClose={onClose} data-testid={testId}
      onMouseDown={(event) => event.target === box.current && box.current.close()}>
      <form className="dialog-body" onSubmit={submit}>
        <h2 id={titled}>{title}</h2>
        {children}
        <button type="button" className="button quiet square dialog-close" aria-label="Close" onClick={() => box.current?.close()}><Icon name="cross" /></button>
      </form>
    </dialog>
  );
}
