import { number } from "./words";

/** A row of buttons of which one is chosen. */
export interface Option {
  value: string;
  text: string;
  count?: number;
}

export function Choice({ label, options, value, onChoose }: { label: string; options: readonly Option[]; value: string; onChoose: (value: string) => void }) {
  return (
    <div className="choice" role="group" aria-label={label}>
      {options.map((option) => (
        <button key={option.value} type="button" aria-pressed={option.value === value} onClick={() => onChoose(option.value)} data-value={option.value}>
          {option.text}
          {option.count !== undefined && <span className="choice-count">{number(option.count)}</span>}
        </button>
      ))}
    </div>
  );
}
