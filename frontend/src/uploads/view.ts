import type { GroupSending, Tallies } from "./tallies";
import type { Upload } from "./upload";

const SHOWN = 20; // of those that wait or are paused

/** What the page shows of the queue. */
export interface QueueView {
  /** Those worth a row: on their way, paused, failed, and the next few that wait. */
  rows: readonly Upload[];
  waiting: number;
  failed: number;
  active: number;
  paused: number;
  /** Of everything added since the queue was last idle. */
  files: number;
  filesDone: number;
  bytes: number;
  bytesSent: number;
  rate: number | null;
  stalled: boolean;
  /** Nothing new is begun until a person says so. */
  resting: boolean;
  litter: number;
  /** Files that were there already, of the last drop. */
  before: number;
  /** Of each group that files are on their way to. */
  groups: readonly GroupSending[];
}

export const IDLE: QueueView = {
  rows: [], waiting: 0, failed: 0, active: 0, paused: 0, files: 0, filesDone: 0, bytes: 0, bytesSent: 0, rate: null, stalled: false,
  resting: false, litter: 0, before: 0, groups: [],
};

/** Where the uploads of a queue stand. */
export interface Lists {
  sending: readonly Upload[];
  paused: readonly Upload[];
  failed: readonly Upload[];
  waiting: readonly Upload[];
}

/** Makes the view of a queue as it is now. */
export function look({ sending, paused, failed, waiting }: Lists, tallies: Tallies, how: Pick<QueueView, "stalled" | "resting">, now: number): QueueView {
  const all = [...sending, ...paused, ...waiting];
  return {
    ...how,
    rows: [...sending, ...paused.slice(0, SHOWN), ...failed, ...waiting.slice(0, SHOWN)],
    waiting: waiting.length,
    failed: failed.length,
    active: sending.length,
    paused: paused.length,
    files: tallies.all.files,
    filesDone: tallies.all.filesDone,
    bytes: tallies.all.bytes,
    bytesSent: tallies.all.sent(all),
    rate: tallies.all.rate(now),
    litter: tallies.all.litter,
    before: tallies.all.before,
    groups: tallies.groups(all, now),
  };
}
