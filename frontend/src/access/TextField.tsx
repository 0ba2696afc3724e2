import { useId, type InputHTMLAttributes } from "react";

type Props = Omit<InputHTMLAttributes<HTMLInputElement>, "onChange" | "value"> & {
  label: string;
  value: string;
  onChange: (value: string) => void;
  testId?: string;
};

/** A line of text under its label. */
export function TextField({ label, value, onChange, testId, ...rest }: Props) {
  const id = useId();
  return (
    <div className="labelled">
      <label htmlFor={id}>{label}</label>
      <input id={id} className="field" value={value} onChange={(event) => onChange(event.target.value)} data-testid={testId} {...rest} />
    </div>
  );
}

/** What is an address is the server's to say: `type="email"` refuses letters that it takes. Password managers go by the name. */
export function EmailField({ label = "E-mail", ...rest }: Omit<Props, "label"> & { label?: string }) {
  return <TextField label={label} type="text" name="email" autoComplete="username" inputMode="email" autoCapitalize="none" spellCheck={false} maxLength={254} required {...rest} />;
}
