import type { Person } from "../wire/types";

export interface Notice {
  id: string;
  reason: "mention" | "reply" | "comment" | "verdict";
  asset_id: string;
  asset_name: string;
  version: number;
  by: Person;
  created_at: string;
  read_at: string | null;
  comment_id: string | null;
  approval_id: string | null;
}
