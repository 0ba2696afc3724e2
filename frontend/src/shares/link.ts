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
