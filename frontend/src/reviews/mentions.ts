import type { Person } from "../wire/types";

const MENTION = /@\{([0-9a-fA-F-]{36})\}/g;

/** People write `@Name`; the server keeps `@{id}`, for names change and are not unique. */
export function encoded(text: string, people: readonly Person[]): string {
  const named = callable(people).sort((a, b) => b.name.length - a.name.length);
  if (named.length === 0) return text;
  const names = named.map(({ name }) => name.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")).join("|");
  const ids = new Map(named.map(({ name, id }) => [name, id]));
  const found = new RegExp(`(?<![\\p{L}\\p{N}])@(${names})(?![\\p{L}\\p{N}])`, "gu");
  return text.replace(found, (_all, name: string) => `@{${ids.get(name) ?? ""}}`);
}

/** For editing: what the server keeps as people write it. Who has no name, or not one of their own, stays an id. */
export function decoded(text: string, people: readonly Person[]): string {
  const names = new Map(callable(people).map(({ name, id }) => [id, name]));
  return text.replace(MENTION, (all, id: string) => {
    const name = names.get(id.toLowerCase());
    return name === undefined ? all : `@${name}`;
  });
}

/** What to type for somebody. */
export function handle(person: Person, people: readonly Person[]): string {
  const own = callable(people).some(({ id }) => id === person.id);
  return own ? `@${person.name}` : `@{${person.id}}`;
}

export type Piece = string | Person;

/** A comment's text, cut at its mentions; whatever else looks like markup is text. */
export function pieces(text: string, people: readonly Person[]): Piece[] {
  const known = new Map(people.map((person) => [person.id, person]));
  const found: Piece[] = [];
  let from = 0;
  for (const match of text.matchAll(MENTION)) {
    const person = known.get((match[1] ?? "").toLowerCase());
    if (!person) continue;
    if (match.index > from) found.push(text.slice(from, match.index));
    found.push(person);
    from = match.index + match[0].length;
  }
  if (from < text.length) found.push(text.slice(from));
  return found;
}

/** What is being typed behind an `@`, and where; null where the caret stands elsewhere. */
export function asked(text: string, caret: number): { from: number; begun: string } | null {
  const match = /(?:^|[\s(,;])@([^@\n{}]{0,40})$/u.exec(text.slice(0, caret));
  return match ? { from: caret - (match[1] ?? "").length - 1, begun: match[1] ?? "" } : null;
}

export function suggested<T extends Person>(begun: string, people: readonly T[], most = 6): T[] {
  const wanted = begun.toLowerCase();
  const starts = (name: string) => name.toLowerCase().startsWith(wanted);
  const named = people.filter(({ name }) => name !== null && (starts(name) || name.split(/\s+/).some(starts)));
  return named.sort((a, b) => (a.name ?? "").localeCompare(b.name ?? "")).slice(0, most);
}

// A name that two people have, or that breaks a line, names nobody.
function callable(people: readonly Person[]): { id: string; name: string }[] {
  const byName = new Map<string, Set<string>>();
  for (const { id, name } of people) if (name) byName.set(name, (byName.get(name) ?? new Set()).add(id));
  return [...byName].flatMap(([name, ids]) => (ids.size === 1 && !/[\n@]/.test(name) ? [{ name, id: [...ids][0] ?? "" }] : []));
}
