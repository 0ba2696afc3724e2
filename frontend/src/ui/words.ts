/** How facts are said to people. */

const UNITS = ["B", "kB", "MB", "GB", "TB"];

export function bytes(count: number | null): string {
  if (count === null) return "–";
  let unit = 0;
  let value = count;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]}`;
}

export function number(count: number): string {
  return count.toLocaleString("en");
}

export function many(count: number, one: string, more = `${one}s`): string {
  return `${number(count)} ${count === 1 ? one : more}`;
}

const COUNTED = 1000;

/** A count that the API takes no further than to 1,000: "1,000+ assets". */
export function counted(count: number): string {
  return count < COUNTED ? number(count) : `${number(COUNTED)}+`;
}

export function duration(ms: number): string {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))} ms`;
  const seconds = ms / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.round(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** No finer than anybody can know: it is made of a speed that changes. */
export function timeLeft(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 8) return "a few seconds left";
  if (seconds < 55) return `about ${Math.ceil(seconds / 5) * 5} s left`;
  const minutes = Math.ceil(seconds / 60);
  if (minutes < 60) return `about ${minutes} min left`;
  const hours = Math.ceil(minutes / 60);
  return hours <= 48 ? `about ${hours} h left` : "more than two days left";
}

/** "a moment ago" for what is near, a date for what is not. */
export function ago(iso: string, now: number): string {
  const seconds = (now - Date.parse(iso)) / 1000;
  if (seconds < 45) return "just now";
  if (seconds < 3600) return `${Math.max(1, Math.round(seconds / 60))} min ago`;
  if (seconds < 86_400) return `${Math.round(seconds / 3600)} h ago`;
  if (seconds < 7 * 86_400) return `${many(Math.round(seconds / 86_400), "day")} ago`;
  return new Date(iso).toLocaleDateString(undefined, { day: "numeric", month: "short", year: "numeric" });
}

export function moment(iso: string): string {
  return new Date(iso).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" });
}

/** "it broke" → "It broke." */
export function sentence(text: string): string {
  const trimmed = text.trim();
  const begun = trimmed.charAt(0).toUpperCase() + trimmed.slice(1);
  return /[.!?…]$/.test(begun) ? begun : `${begun}.`;
}

/** "unity_version" or "unityVersion" → "Unity version" */
export function label(key: string): string {
  const words = key.replace(/([a-z0-9])([A-Z])/g, "$1 $2").replace(/[_\-.]+/g, " ").trim().toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

const KINDS: Record<string, string> = {
  unity_package: "Unity package", photo: "Photo", video: "Video", audio: "Audio", model3d: "3D model", archive: "Archive",
  document: "Document", other: "Other file",
};

export const ASSET_KINDS = Object.keys(KINDS);

export function kindName(kind: string): string {
  return KINDS[kind] ?? label(kind);
}
