import type { DroppedGroup } from "../groups/dropped";
import { Tally } from "./tally";
import type { Moved, Upload } from "./upload";

/** How far the files of one group are that this window sends. */
export interface GroupSending {
  id: string | null;
  files: number;
  filesDone: number;
  bytes: number;
  bytesSent: number;
  rate: number | null;
}

/** Counts everything together, and the files of each group. */
export class Tallies {
  readonly all = new Tally();
  readonly #groups = new Map<DroppedGroup, Tally>();

  add(upload: Upload): void {
    for (const tally of this.#of(upload)) tally.add(upload);
  }

  drop(upload: Upload): void {
    for (const tally of this.#of(upload)) tally.drop(upload);
  }

  arrived(upload: Upload): void {
    for (const tally of this.#of(upload)) tally.arrived(upload);
  }

  /** It is no work any more, and said by itself. */
  sentBefore(upload: Upload): void {
    this.drop(upload);
    this.all.before += 1;
  }

  moved(upload: Upload, moved: Moved): void {
    for (const tally of this.#of(upload)) tally.moved(moved);
  }

  /** Nothing is on its way: a rest is not a slow line. */
  still(): void {
    for (const tally of [this.all, ...this.#groups.values()]) tally.still();
  }

  rest(): void {
    this.all.rest();
    this.#groups.clear();
  }

  /** How far the files of each group are, given those that have not arrived. */
  groups(others: readonly Upload[], now: number): GroupSending[] {
    return [...this.#groups].map(([group, tally]) => ({
      id: group.known,
      files: tally.files,
      filesDone: tally.filesDone,
      bytes: tally.bytes,
      bytesSent: tally.sent(others.filter((upload) => upload.group === group)),
      rate: tally.rate(now),
    }));
  }

  #of({ group }: Upload): Tally[] {
    if (!group) return [this.all];
    const tally = this.#groups.get(group) ?? new Tally();
    this.#groups.set(group, tally);
    return [this.all, tally];
  }
}
