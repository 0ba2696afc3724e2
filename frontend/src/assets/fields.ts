/** Metadata of people's own, as it is typed: text is text, unless it can only be meant as something else. */

const LONGEST_KEY = 64;

/** A row of the form. */
export interface Field {
  key: string;
  text: string;
}

/** A value as it is typed; `read` makes the same of it again. */
export function written(value: unknown): string {
  if (typeof value !== "string") return JSON.stringify(value);
  return looksLikeJson(value) ? JSON.stringify(value) : value;
}

/** What was typed, as a value. Throws where it begins like JSON and is none. */
export function read(text: string): unknown {
  return looksLikeJson(text) ? JSON.parse(text) : text;
}

// "01" and "1 tree" are text; what begins like an object, a list or a quoted text is meant as one, whole or not
function looksLikeJson(text: string): boolean {
  const said = text.trim();
  return /^[{["]/.test(said) || (/^(?:true|false|null|-?\d)/.test(said) && isJson(said));
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** What is wrong with each row, by its place; empty where all is well. */
export function mistakes(fields: readonly Field[]): Map<number, string> {
  const wrong = new Map<number, string>();
  const seen = new Set<string>();
  fields.forEach(({ key, text }, place) => {
    const said = mistake(key.trim(), text, seen);
    if (said) wrong.set(place, said);
    seen.add(key.trim());
  });
  return wrong;
}

function mistake(key: string, text: string, seen: ReadonlySet<string>): string | null {
  if (key === "") return "Give this field a name.";
  if ([...key].length > LONGEST_KEY) return `A name has at most ${LONGEST_KEY} characters.`;
  if (seen.has(key)) return `There is “${key}” already.`;
  try {
    if (read(text) === null) return "Remove the field instead of saying null.";
    return null;
  } catch {
    return "This begins like JSON and is none. Put text that is meant so in quotes.";
  }
}

/** The keys that differ from what is held, null for those that were taken out. The rows are without mistakes. */
export function changed(held: Readonly<Record<string, unknown>>, fields: readonly Field[]): Record<string, unknown> {
  const now = new Map(fields.map(({ key, text }) => [key.trim(), read(text)]));
  const change: Record<string, unknown> = {};
  for (const key of Object.keys(held)) if (!now.has(key)) change[key] = null;
  for (const [key, value] of now) if (JSON.stringify(held[key]) !== JSON.stringify(value)) change[key] = value;
  return change;
}

export function fieldsOf(held: Readonly<Record<string, unknown>>): Field[] {
  return Object.entries(held).map(([key, value]) => ({ key, text: written(value) }));
}
