import { ROLE_NAMES, ROLES, type Role } from "../access/roles";

interface Props {
  id?: string;
  /** Where no label stands beside it. */
  label?: string;
  value: Role;
  disabled?: boolean;
  onChange: (role: Role) => void;
  testId?: string;
}

export function RoleSelect({ id, label, value, disabled = false, onChange, testId }: Props) {
  return (
    <select id={id} className="field select" aria-label={label} value={value} disabled={disabled} onChange={(event) => onChange(event.target.value as Role)} data-testid={testId}>
      {ROLES.map((role) => <option key={role} value={role}>{ROLE_NAMES[role]}</option>)}
    </select>
  );
}
