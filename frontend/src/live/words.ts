import type { Onlooker } from "../wire/types";

/** "Ann", "Ann and Ben", "Ann, Ben and 3 others". */
export function together(people: readonly Onlooker[]): string {
  const names = people.map(({ name }) => name);
  if (names.length <= 1) return names.join("");
  const last = names.length > 3 ? `${names.length - 2} others` : names[names.length - 1];
  return `${(names.length > 3 ? names.slice(0, 2) : names.slice(0, -1)).join(", ")} and ${last}`;
}

/** What to say to somebody who cannot see the circles come and go; "" where nobody did. */
export function news(before: readonly Onlooker[], now: readonly Onlooker[]): string {
  const came = now.filter(({ id }) => !before.some((one) => one.id === id));
  const left = before.filter(({ id }) => !now.some((one) => one.id === id));
  const parts = [];
  if (came.length > 0) parts.push(`${together(came)} ${came.length > 1 ? "are" : "is"} looking at this too.`);
  if (left.length > 0) parts.push(`${together(left)} left.`);
  return parts.join(" ");
}
