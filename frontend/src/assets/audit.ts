import { label } from "../ui/words";
import type { AuditRow } from "./types";

type Data = AuditRow["data"];

const SAID: Record<string, (data: Data) => string> = {
  "asset.created": ({ name }) => `added “${text(name)}”`,
  "asset.ready": () => "put it into the library",
  "asset.updated": ({ fields }) => `changed ${list(fields)}`,
  "asset.trashed": () => "moved it to the trash",
  "asset.restored": () => "restored it from the trash",
  "asset.purged": () => "deleted it for good",
  "asset.duplicate": () => "sent the same file again",
  "version.created": ({ number, change_note }) => `added version ${text(number)}${quoted(change_note)}`,
  "version.current_changed": ({ was, now, reason }) => `made version ${text(now)} the current one, after ${text(was)}${quoted(reason)}`,
  "publish.done": ({ target }) => `published it in ${label(text(target))}`,
  "publish.drifted": ({ target, gone }) => (gone ? `found it gone from ${label(text(target))}` : `found it different in ${label(text(target))}`),
  "share.created": ({ version, may_download }) => `made a link to ${which(version)}${may_download ? ", with download" : ""}`,
  "share.revoked": () => "revoked a link",
  "share.opened": ({ version }) => `opened a link to version ${text(version)}`,
  "comment.created": ({ version }) => `commented on version ${text(version)}`,
  "comment.edited": ({ version }) => `edited a comment on version ${text(version)}`,
  "comment.resolved": ({ version }) => `resolved a thread on version ${text(version)}`,
  "comment.reopened": ({ version }) => `reopened a thread on version ${text(version)}`,
  "comment.deleted": ({ version }) => `deleted a comment on version ${text(version)}`,
  "approval.given": ({ version, verdict }) => (verdict === "APPROVED" ? `approved version ${text(version)}` : `asked for changes to version ${text(version)}`),
  "approval.withdrawn": ({ version }) => `withdrew a verdict on version ${text(version)}`,
};

/** What somebody did, as it follows their name; a fact of a later server is said by its own name. */
export function done({ type, data }: Pick<AuditRow, "type" | "data">): string {
  return SAID[type]?.(data) ?? label(type).toLowerCase();
}

/** Who an actor is: a member by name, a guest, or the server itself. */
export function actorName(actor: string, nameOf: (member: string) => string): string {
  const [kind, id = ""] = actor.split(":", 2);
  if (kind === "member") return nameOf(id);
  if (kind === "share") return "Somebody outside";
  return "The server";
}

function text(value: unknown): string {
  return String(value ?? "?");
}

function quoted(value: unknown): string {
  return typeof value === "string" && value !== "" ? `: “${value}”` : "";
}

function list(value: unknown): string {
  const names = Array.isArray(value) ? value.map((each) => (each === "custom" ? "custom fields" : String(each))) : [];
  return names.length > 1 ? `${names.slice(0, -1).join(", ")} and ${names.at(-1)}` : (names[0] ?? "it");
}

function which(version: unknown): string {
  return typeof version === "number" ? `version ${version}` : "the current version";
}

/** What the trail can be narrowed to: kinds of facts, as the beginning of their names. */
export const GROUPS = [
  { value: "", text: "Everything" },
  { value: "asset", text: "Changes" },
  { value: "version", text: "Versions" },
  { value: "comment", text: "Comments" },
  { value: "approval", text: "Approvals" },
  { value: "share", text: "Sharing" },
  { value: "publish", text: "Publishing" },
];
