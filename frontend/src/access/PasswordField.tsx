import { useId, useState } from "react";
import { Icon } from "../ui/Icon";

export const SHORTEST_PASSWORD = 12;
const LONGEST_PASSWORD = 256;

interface Props {
  label: string;
  value: string;
  onChange: (value: string) => void;
  /** A new one has to follow the server's rule; a current one is judged by the server alone. */
  kind: "new" | "current";
  wrong?: boolean;
  focus?: boolean;
  testId?: string;
}

export function PasswordField({ label, value, onChange, kind, wrong = false, focus = false, testId }: Props) {
  const id = useId();
  const [shown, setShown] = useState(false);
  const isNew = kind === "new";
  return (
    <div className="labelled">
      <label htmlFor={id}>{label}</label>
      <div className="password">
        <input id={id} className="field" type={shown ? "text" : "password"} value={value} onChange={(event) => onChange(event.target.value)}
          name={isNew ? "new-password" : "password"} autoComplete={isNew ? "new-password" : "current-password"} spellCheck={false} autoCapitalize="none"
          required maxLength={isNew ? LONGEST_PASSWORD : 1024} autoFocus={focus} aria-invalid={wrong} aria-describedby={isNew ? `${id}-rule` : undefined} data-testid={testId} />
        <button type="button" className="button quiet square" aria-pressed={shown} aria-label={`Show ${label.toLowerCase()}`} onClick={() => setShown(!shown)}>
          <Icon name="eye" />
        </button>
      </div>
      {isNew && <Rule id={`${id}-rule`} value={value} />}
    </div>
  );
}

/** The server's rule, told before it has to refuse. Letters are counted as it counts them. */
function Rule({ id, value }: { id: string; value: string }) {
  const length = [...value.normalize("NFKC")].length;
  const enough = length >= SHORTEST_PASSWORD;
  return (
    <p id={id} className={enough ? "rule met" : "rule"}>
      <Icon name={enough ? "check" : "lock"} size={14} />
      {SHORTEST_PASSWORD} characters or more, nothing else is asked. A sentence is good.
    </p>
  );
}

export function isLongEnough(password: string): boolean {
  return [...password.normalize("NFKC")].length >= SHORTEST_PASSWORD;
}
