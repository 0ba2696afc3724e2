/** The token of a share link: all of its fragment. Null where it was cut off on the way. */
export function shareTokenIn(hash: string): string | null {
  return /^#([\w.~-]{16,256})$/.exec(hash)?.[1] ?? null;
}

/** When a link ends, as a person counts it. */
export function endsIn(iso: string, now: number): string {
  const hours = (Date.parse(iso) - now) / 3_600_000;
  if (hours < 1) return "in less than an hour";
  if (hours < 48) return `in ${Math.floor(hours)} ${Math.floor(hours) === 1 ? "hour" : "hours"}`;
  return `on ${new Date(iso).toLocaleDateString(undefined, { day: "numeric", month: "long", year: "numeric" })}`;
}

export type Life = "usual" | "1" | "7" | "30" | "day";

/** How long a link may live; the server has a longest life, and says so. */
export const LIVES: readonly { value: Life; text: string }[] = [
  { value: "usual", text: "after the usual time" },
  { value: "1", text: "in a day" },
  { value: "7", text: "in 7 days" },
  { value: "30", text: "in 30 days" },
  { value: "day", text: "on a day …" },
];

/** When a new link ends; null leaves it to the server. A day is over when it is over where the person is. */
export function endOf(life: Life, day: string, now: number): string | null {
  if (life === "usual") return null;
  if (life !== "day") return new Date(now + Number(life) * 86_400_000).toISOString();
  const end = new Date(`${day}T23:59:59`);
  return Number.isNaN(end.getTime()) ? null : end.toISOString();
}
