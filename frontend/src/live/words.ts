import type { Person } from "./types";

const TONES = 4;

/** One or two letters for a circle: of the first and the last word. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/);
  const ends = words.length > 1 ? [words[0], words[words.length - 1]] : words;
  return ends.map((word) => [...(word ?? "")][0] ?? "").join("").toLocaleUpperCase();
}

/** The same person has the same tone everywhere. */
export function tone(id: string): number {
  let sum = 0;
  for (const letter of id) sum = (sum * 31 + letter.charCodeAt(0)) % 9973;
  return sum % TONES;
}

/** "Ann", "Ann and Ben", "Ann, Ben and 3 others". */
export function together(people: readonly Person[]): string {
  const names = people.map(({ name }) => name);
  if (names.length <= 1) return names.join("");
  const last = names.length > 3 ? `${names.length - 2} others` : names[names.length - 1];
  return `${(names.length > 3 ? names.slice(0, 2) : names.slice(0, -1)).join(", ")} and ${last}`;
}

/** What to say to somebody who cannot see the circles come and go; "" where nobody did. */
export function news(before: readonly Person[], now: readonly Person[]): string {
  const came = now.filter(({ id }) => !before.some((one) => one.id === id));
  const left = before.filter(({ id }) => !now.some((one) => one.id === id));
  const parts = [];
  if (came.length > 0) parts.push(`${together(came)} ${came.length > 1 ? "are" : "is"} looking at this too.`);
  if (left.length > 0) parts.push(`${together(left)} left.`);
  return parts.join(" ");
}
