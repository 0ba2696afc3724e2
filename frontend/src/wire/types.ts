/** What the HTTP API and the live connection say, as the contract names it. */

export type JobStatus =
  | "PENDING"
  | "UPLOADING"
  | "QUEUED"
  | "PROCESSING"
  | "SCRAPING"
  | "PUBLISHING"
  | "COMPLETE"
  | "ERROR"
  | "CANCELLED";

export interface JobCan {
  retry: boolean;
  cancel: boolean;
  forget: boolean;
}

export interface JobView {
  id: string;
  /** Null as long as only a fact told of it. */
  upload_id: string | null;
  original_filename: string;
  size: number | null;
  status: JobStatus;
  progress: number;
  error_message: string | null;
  code: string | null;
  step: string | null;
  remedy: string | null;
  asset_id: string | null;
  cms_id: string | null;
  duplicate: boolean;
  metadata: Record<string, unknown>;
  created_at: string;
  updated_at: string;
  completed_at: string | null;
  revision: number;
  can: JobCan;
}

export type StepStatus = "WAITING" | "READY" | "RUNNING" | "DONE" | "SKIPPED" | "FAILED" | "CANCELLED";

export interface StepView {
  name: string;
  title: string;
  status: StepStatus;
  attempt: number;
  reason: string | null;
  error_message: string | null;
  code: string | null;
  remedy: string | null;
  started_at: string | null;
  ended_at: string | null;
  not_before: string | null;
}

/** One look at the bytes: at what, by whom, and when. */
export interface Check {
  what: string;
  by: string;
  at: string;
}

export interface JobDetail extends JobView {
  steps: StepView[];
  correlation_id: string;
  verified: Check[];
}

export interface AssetView {
  id: string;
  name: string;
  kind: string;
  created_at: string;
  updated_at: string;
  ready_at: string | null;
  revision: number;
  current_version: number;
  publisher: { id: string; name: string } | null;
  thumbnail_url: string | null;
  /** What was found; `custom` is what people say. */
  metadata: Record<string, unknown>;
  tags: string[];
  custom: Record<string, unknown>;
  created_by: string;
  latest_version: number;
  trashed_at: string | null;
}

export interface Finding {
  code: string;
  detail: string;
  guid: string | null;
  path: string | null;
}

/** One state of an asset, which never changes. */
export interface VersionView {
  number: number;
  filename: string;
  size: number;
  sha256: string;
  content_type: string;
  created_at: string;
  created_by: string;
  change_note: string;
  content_url: string;
  verified: Check[];
}

export interface Publication {
  target: string;
  status: string;
  external_id: string | null;
}

export interface PublicationCheck {
  target: string;
  status: string;
  external_id: string | null;
  gone: boolean;
  differences: { field: string; ours: unknown; theirs: unknown }[];
}

/** All that an asset's page knows; `versions` are the newest hundred. */
export interface AssetDetail extends AssetView {
  provenance: Record<string, string>;
  contact_sheet_url: string | null;
  size: number;
  sha256: string;
  content_type: string;
  filename: string;
  entry_count: number | null;
  finding_count: number | null;
  findings: Finding[];
  entry_kinds: Record<string, number>;
  store_record: Record<string, unknown> | null;
  candidates: { product_id: string; title: string }[];
  publications: Publication[];
  versions: VersionView[];
}

export interface PackageEntry {
  number: number;
  guid: string;
  path: string;
  kind: string;
  size: number;
  preview_url: string | null;
}

export interface Publisher {
  id: string;
  name: string;
  source: string;
  external_id: string;
  url: string | null;
  asset_count: number;
}

/** Who said or did something. */
export interface Person {
  id: string;
  /** Null where the studio does not know them any more. */
  name: string | null;
}

export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}

export interface Me {
  /** Without an e-mail address there is no password either. */
  member: { id: string; name: string; role: string; email: string | null };
  studio: { id: string; name: string };
  csrf_token: string;
  /** What the one who is signed in may do here, where servers differ; an older one does not say. */
  can?: { import_url: boolean };
  /** What the policy lets them do; the server asks it again, whatever the page shows. */
  actions: Action[];
}

export type Action =
  | "upload" | "read" | "retry_job" | "cancel_job" | "forget_job" | "publish" | "share" | "comment" | "moderate" | "approve"
  | "set_approval_policy" | "edit_asset" | "add_version" | "trash_asset" | "restore_asset" | "roll_back" | "purge_asset"
  | "manage_members" | "manage_keys" | "read_audit";

export interface Fact {
  kind: "fact";
  id: string;
  seq: number;
  type: string;
  at: string;
  actor: string;
  subject: { kind: "job" | "asset" | "member" | "studio"; id: string };
  revision: number;
  correlation_id: string;
  data: Record<string, unknown>;
}

export interface ProgressFrame {
  kind: "progress";
  job_id: string;
  progress: number;
  step: string | null;
}

export type Frame =
  | Fact
  | ProgressFrame
  | { kind: "hello"; upto: number }
  | { kind: "watermark"; upto: number }
  | { kind: "reset"; upto: number }
  | RoomFrame;

/** What is told of a room that one has joined, or why one has not. */
export type RoomFrame =
  | { kind: "presence"; room: string; people: readonly Onlooker[] }
  | { kind: "refused"; room: string; code: string };

/** Somebody who looks at the same thing. */
export interface Onlooker {
  id: string;
  name: string;
}

export type GroupStatus = "PENDING" | "IN_PROGRESS" | "COMPLETED" | "FAILED" | "CANCELLED";

/** Uploads that belong together; the counters are taken from its jobs at the moment of asking. */
export interface GroupView {
  id: string;
  name: string;
  description: string;
  status: GroupStatus;
  created_at: string;
  jobs: Partial<Record<JobStatus, number>>;
  size: number;
  /** Of those in ERROR; the files of the others never arrived. */
  retryable: number;
}
