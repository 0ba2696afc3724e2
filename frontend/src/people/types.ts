import type { Role } from "../access/roles";
import type { Action } from "../wire/types";

export interface Member {
  id: string;
  name: string;
  role: Role;
  status: "ACTIVE" | "DEACTIVATED" | "REMOVED";
  /** Only who manages members sees the addresses of others. */
  email: string | null;
  created_at: string;
  revision: number;
}

export interface Invitation {
  id: string;
  email: string;
  role: Role;
  invited_by: string;
  holds: boolean;
  created_at: string;
  expires_at: string;
}

/** What became of a link: mailed, or here to hand over. */
export interface Delivery {
  mailed: boolean;
  link: string | null;
  problem: string | null;
}

export interface Key {
  id: string;
  member_id: string;
  name: string;
  /** Null is whatever its member may. */
  scopes: Action[] | null;
  created_at: string;
  last_used_at: string | null;
}
