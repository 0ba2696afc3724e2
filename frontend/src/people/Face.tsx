import { initials, shade } from "./words";

const SHADES = 6;

/** A person's letters in their colour, beside a name that says the same. */
export function Face({ id, name }: { id: string; name: string }) {
  return <span className="face" data-shade={shade(id, SHADES)} aria-hidden="true">{initials(name)}</span>;
}
