import type { Upload } from "./upload";

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
  /** Of each group that files are on their way to. */
  groups: readonly GroupSending[];
}

/** How far the files of one group are that this window sends. */
export interface GroupSending {
  id: string | null;
  files: number;
  filesDone: number;
  bytes: number;
  bytesSent: number;
  rate: number | null;
}

export const IDLE: QueueView = {
  rows: [], waiting: 0, failed: 0, active: 0, paused: 0, files: 0, filesDone: 0, bytes: 0, bytesSent: 0, rate: null, stalled: false,
  resting: false, litter: 0, groups: [],
};
