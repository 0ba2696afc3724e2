import { useEffect, useId, useRef, type FormEvent, type ReactNode } from "react";
import { Icon } from "../ui/Icon";

/** A question over the page. It closes by Escape and beside it, and gives the focus back to where it was. */
export function Dialog({ title, onClose, onSubmit, children, testId }: {
  title: string; onClose: () => void; onSubmit: () => void; children: ReactNode; testId: string;
}) {
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
    <dialog ref={box} className="ask" aria-labelledby={titled} onClose={onClose} data-testid={testId}
      onMouseDown={(event) => event.target === box.current && box.current.close()}>
      <form className="ask-body" onSubmit={submit}>
        <div className="ask-top">
          <h2 id={titled}>{title}</h2>
          <button type="button" className="button quiet square" aria-label="Close" onClick={() => box.current?.close()}><Icon name="cross" /></button>
        </div>
        {children}
      </form>
    </dialog>
  );
}
