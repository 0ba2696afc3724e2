import { useEffect, useRef, useState } from "react";
import { useRested } from "./now";
import { Icon } from "./Icon";

const REST_MS = 250;

/** A search box that asks once typing rests. */
export function Search({ value, label, onSearch, testId }: { value: string; label: string; onSearch: (text: string) => void; testId?: string }) {
  const [text, setText] = useState(value);
  const rested = useRested(text, REST_MS);
  const told = useRef(value);
  useEffect(() => {
    if (rested === told.current) return;
    told.current = rested;
    onSearch(rested);
  }, [rested, onSearch]);
  useEffect(() => {
    if (value === told.current) return;
    told.current = value;
    setText(value);
  }, [value]);
  return (
    <label className="search">
      <span className="sr-only">{label}</span>
      <Icon name="search" size={16} />
      <input type="search" value={text} placeholder={label} onChange={(event) => setText(event.target.value)} data-testid={testId} autoComplete="off" spellCheck={false} />
    </label>
  );
}
