import type { Problem } from "../wire/problem";
import type { DroppedGroup } from "../groups/dropped";
import type { PartsView } from "./grid";
import type { Opened } from "../wire/tus";
import type { JobView } from "../wire/types";

/** The asset that a file is the next version of. */
export interface Target {
  id: string;
  name: string;
  note: string;
}

export type Phase = "waiting" | "sending" | "finishing" | "reconnecting" | "paused" | "failed";

/** An upload that the server holds, with the fingerprint under which this browser remembers it, if it does. */
export interface Ticket extends Opened {
  print: string | null;
}

/** A file that the server has not yet answered for. */
export interface Upload {
  readonly key: number;
  readonly file: File;
  readonly path: string;
  readonly lane: "interactive" | "bulk";
  readonly phase: Phase;
  /** Bytes that the server has acknowledged: they are safe whatever happens. */
  readonly stored: number;
  /** Bytes that have left, at least once; never fewer than before. */
  readonly sent: number;
  readonly startedAt: number;
  readonly ticket: Ticket | null;
  readonly problem: Problem | null;
  readonly group: DroppedGroup | null;
  readonly target: Target | null;
  /** Where each part stands, of a file that goes in parts. */
  readonly parts: PartsView | null;
  /** What a person should know of how it goes. */
  readonly says: string | null;
}

/** How far the bytes of a file are. */
export interface Moved {
  phase: "sending" | "finishing" | "reconnecting";
  stored: number;
  sent: number;
  /** Bytes that left since the last report, also those that leave for a second time: what speed is made of. */
  fresh: number;
  parts?: PartsView;
}

/** What a road tells while it carries a file. */
export interface Hears {
  opened(ticket: Ticket): void;
  moved(moved: Moved): void;
  says(text: string): void;
}

/** How one file ended: it arrived (with its job, if that is known), or it was refused, perhaps under a job of its own. */
export interface Landed {
  job: JobView | null;
  problem: Problem | null;
  /** True of a file that an earlier drop into its group had sent. */
  isBefore?: boolean;
}

export interface Sending {
  done: Promise<Landed>;
  abort(): void;
  /** Sends a part that was given up once more, while others go on. */
  retryPart?(number: number): void;
}

export function waiting(upload: Upload): Upload {
  return { ...upload, phase: "waiting" };
}

export function paused(upload: Upload): Upload {
  return { ...upload, phase: "paused" };
}
