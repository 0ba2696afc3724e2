import type { Target } from "../uploads/upload";
import { Store } from "../wire/store";

/** A file that has arrived to be a version, and the job that makes it one. */
export interface Arrival {
  jobId: string;
  note: string;
}

const AT_MOST = 20;

/** Versions that this window has sent, by the asset they are for. */
export class Arrivals {
  readonly store = new Store<ReadonlyMap<string, readonly Arrival[]>>(new Map());

  add({ id, note }: Target, jobId: string): void {
    const held = this.store.get().get(id) ?? [];
    this.#put(id, [...held, { jobId, note }].slice(-AT_MOST));
  }

  /** Somebody has seen how it ended. */
  drop(id: string, jobId: string): void {
    this.#put(id, (this.store.get().get(id) ?? []).filter((arrival) => arrival.jobId !== jobId));
  }

  #put(id: string, arrivals: readonly Arrival[]): void {
    this.store.set(new Map(this.store.get()).set(id, arrivals));
  }
}
