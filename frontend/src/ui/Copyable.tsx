import { useId, useRef, useState } from "react";
import { Icon } from "./Icon";

/** Something to take along: copied where the browser lets us (only over HTTPS, say), selected where it does not. */
export function Copyable({ label, text, testId }: { label: string; text: string; testId?: string }) {
  const [said, setSaid] = useState<"" | "copied" | "select">("");
  const field = useRef<HTMLInputElement>(null);
  const hint = useId();
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setSaid("copied");
    } catch {
      field.current?.select(); // no clipboard here, but a person's own keys work
      setSaid("select");
    }
  };
  return (
    <div className="copyable">
      <input ref={field} className="field" readOnly value={text} aria-label={label} aria-describedby={hint} onFocus={(event) => event.target.select()} data-testid={testId} />
      <button type="button" className="button" onClick={() => void copy()}><Icon name={said === "copied" ? "check" : "copy"} size={16} /> {said === "copied" ? "Copied" : "Copy"}</button>
      <span id={hint} role="status" className="fine-print">{said === "select" && "This browser does not let pages copy here: press Ctrl+C or ⌘C."}</span>
    </div>
  );
}
