import type { ReactNode } from "react";
import { bytes, moment, number } from "../ui/words";

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d/;

/** A fact as a person reads it. Its text is somebody else's: only http(s) becomes a link. */
export function Value({ name, value }: { name: string; value: unknown }): ReactNode {
  if (value === null || value === undefined || value === "") return <span className="muted">–</span>;
  if (typeof value === "boolean") return value ? "Yes" : "No";
  if (typeof value === "number") return /(^|_)(size|bytes)$/.test(name) ? bytes(value) : number(value);
  if (Array.isArray(value)) return value.map(plain).join(", ");
  if (typeof value === "object") return plain(value);
  const text = String(value);
  if (ISO.test(text) && !Number.isNaN(Date.parse(text))) return moment(text);
  if (/^https?:\/\/\S+$/.test(text)) return <a href={text} target="_blank" rel="noopener noreferrer">{text.replace(/^https?:\/\/(www\.)?/, "")}</a>;
  return text;
}

function plain(value: unknown): string {
  if (typeof value !== "object" || value === null) return String(value);
  const known = value as Record<string, unknown>;
  const named = known["label"] ?? known["name"] ?? known["title"];
  if (named !== undefined) return String(named);
  return Object.entries(known).map(([key, inner]) => `${key}: ${plain(inner)}`).join(", ");
}
