import type { Action } from "../wire/types";

export type Role = "ARTIST" | "DIRECTOR" | "PRODUCER" | "ADMIN";

export const ROLES: readonly Role[] = ["ARTIST", "DIRECTOR", "PRODUCER", "ADMIN"];

/** How roles are said; one that a newer server knows is shown as it says it. */
export const ROLE_NAMES: Record<string, string> = { ARTIST: "Artist", DIRECTOR: "Director", PRODUCER: "Producer", ADMIN: "Admin" } satisfies Record<Role, string>;

/** What a role adds to the one before it. The policy is the server's. */
export const ROLE_WORDS: Record<Role, string> = {
  ARTIST: "uploads, edits and comments",
  DIRECTOR: "also approves, shares, publishes and deletes",
  PRODUCER: "also sets who has to approve, and reads the audit trail",
  ADMIN: "also manages members and keys, and deletes for good",
};

/** What somebody lets a program do, said as what it then does. */
export const ACTION_WORDS: Record<Action, string> = {
  read: "See assets, jobs, comments and members",
  upload: "Upload files",
  retry_job: "Try failed uploads again",
  cancel_job: "Cancel uploads",
  forget_job: "Remove uploads from the history",
  edit_asset: "Rename, describe and tag assets",
  add_version: "Add versions",
  roll_back: "Make an earlier version current",
  trash_asset: "Move assets to the trash",
  restore_asset: "Restore assets from the trash",
  purge_asset: "Delete assets for good",
  comment: "Comment",
  moderate: "Edit and delete the comments of others",
  approve: "Approve versions and request changes",
  set_approval_policy: "Set who has to approve",
  publish: "Publish to the CMS",
  share: "Make links for people outside",
  manage_members: "Manage members and invitations",
  manage_keys: "Make and revoke API keys",
  read_audit: "Read the audit trail",
};
