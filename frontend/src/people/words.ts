import { ago, sentence } from "../ui/words";
import type { Person } from "../wire/types";
import type { Delivery } from "./types";

/** A person's name; the studio does not know whoever has left. */
export function nameOf(person: Pick<Person, "name"> | undefined): string {
  return person?.name ?? "Somebody who left";
}

/** Two letters for a face: "Ada Lovelace" → "AL". Letters of any script, whole ones. */
export function initials(name: string): string {
  const words = name.split(/\s+/).filter((word) => word !== "");
  const ends = words.length > 1 ? [words[0], words.at(-1)] : words;
  return ends.map((word) => [...(word ?? "")][0] ?? "").join("").toUpperCase();
}

/** The same colour for the same person everywhere, out of `count`. */
export function shade(id: string, count: number): number {
  let sum = 0;
  for (const letter of id) sum = (sum * 31 + letter.charCodeAt(0)) >>> 0;
  return sum % count;
}

/** A link for another person's browser: a server that was not told its address leaves ours out. */
export function whole(link: string, origin: string): string {
  return new URL(link, origin).href;
}

/** What an admin has to do with a link now. */
export function handing(delivery: Delivery, email: string): string {
  if (delivery.mailed) return `The link is on its way to ${email}.`;
  const why = delivery.problem === null ? "No mail is set up here" : `The letter could not be sent. ${sentence(delivery.problem)}`;
  return `${sentence(why)} Send this link to ${email} yourself; it is not shown again.`;
}

export function lastUsed(at: string | null, now: number): string {
  if (at === null) return "never used";
  const said = ago(at, now);
  return said === "just now" || said.endsWith("min ago") ? "used within the hour" : `used ${said}`; // it is true to the hour
}
