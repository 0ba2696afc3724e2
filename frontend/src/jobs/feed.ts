import { Rooms } from "../live/rooms";
import { API, get, post, query, remove } from "../wire/http";
import { Live, type Connection } from "../wire/live";
import { asProblem, Problem } from "../wire/problem";
import { Store } from "../wire/store";
import type { Fact, Frame, JobDetail, JobView, Page } from "../wire/types";
import { forget, NOTHING, receive, snapshot, type JobsState } from "./jobs";
import { EVERYTHING, fresh, loaded, type Filter, type Listing } from "./listing";

const PAGE = 100;
const BATCH_MS = 60; // frames are applied together, so that a burst of thousands paints a few times
const HELLO_MS = 2_000; // after this the history is shown even if the live connection does not come up
const HYDRATING_AT_ONCE = 4;

/** Keeps the table of jobs true: lists, live frames and answers to actions meet here. */
export class JobFeed {
  readonly jobs = new Store<JobsState>(NOTHING);
  readonly listing = new Store<Listing>(fresh(EVERYTHING));
  readonly connection = new Store<Connection>("connecting");
  readonly rooms = new Rooms((message) => this.#live?.say(message));

  readonly #listeners = new Set<(fact: Fact) => void>();
  readonly #asked = new Map<string, number>(); // id → revision for which a GET went out
  readonly #hydrating = new Set<string>();
  readonly #onRefused: () => void;
  #live: Live | null = null;
  #pending: Frame[] = [];
  #flush: number | undefined;
  #hello: number | undefined;
  #loading: AbortController | null = null;

  constructor(onRefused: () => void) {
    this.#onRefused = onRefused;
  }

  /** Connects first and lists after the hello, so that no fact falls between the two. */
  start(): void {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    this.#live = new Live(`${scheme}://${location.host}${API}/ws`, {
      after: () => this.#place(),
      rooms: () => this.rooms.looks(),
      frame: (frame) => (this.rooms.take(frame) ? undefined : this.#enqueue(frame)),
      connection: (state) => this.#connected(state),
      refused: this.#onRefused,
    });
    this.#hello = window.setTimeout(() => this.reload(), HELLO_MS);
    this.#live.start();
  }

  stop(): void {
    window.clearTimeout(this.#hello);
    window.clearTimeout(this.#flush);
    this.#live?.stop();
    this.#loading?.abort();
    this.#pending = [];
    this.#asked.clear();
    this.rooms.lost();
    this.jobs.set(NOTHING);
    this.listing.set(fresh(EVERYTHING));
  }

  /** Hears every fact, also about assets; returns what ends the hearing. */
  onFact(listener: (fact: Fact) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  filter(filter: Filter): void {
    this.listing.set(fresh(filter));
    void this.#load();
  }

  /** Loads the lists again from the start; what is held stays on screen meanwhile. */
  reload(): void {
    this.listing.set(fresh(this.listing.get().filter));
    void this.#load();
  }

  /** The next page of history, when one is there and none is under way. */
  more(): void {
    if (this.listing.get().next !== null && this.#loading === null) void this.#load();
  }

  /** Completes rows that facts have patched; only those on screen are worth it. */
  hydrate(ids: Iterable<string>): void {
    for (const id of ids) {
      if (this.#hydrating.size >= HYDRATING_AT_ONCE) return;
      const row = this.jobs.get().rows.get(id);
      if (!row?.stale || this.#asked.get(id) === row.revision) continue;
      this.#asked.set(id, row.revision);
      void this.#refresh(id);
    }
  }

  learn(jobs: readonly JobView[]): void {
    this.#settle();
    this.jobs.set(snapshot(this.jobs.get(), jobs));
  }

  async detail(id: string, signal: AbortSignal): Promise<JobDetail> {
    const detail = await get<JobDetail>(`/jobs/${encodeURIComponent(id)}`, signal);
    this.learn([detail]);
    return detail;
  }

  async retry(id: string): Promise<void> {
    this.learn([await post<JobView>(`/jobs/${encodeURIComponent(id)}/retry`)]);
  }

  async cancel(id: string): Promise<void> {
    this.learn([await post<JobView>(`/jobs/${encodeURIComponent(id)}/cancel`)]);
  }

  async forget(id: string): Promise<void> {
    await remove(`/jobs/${encodeURIComponent(id)}`);
    this.jobs.set(forget(this.jobs.get(), id));
  }

  #connected(state: Connection): void {
    const back = state === "live" && this.connection.get() !== "live";
    this.connection.set(state);
    if (state === "offline") this.rooms.lost();
    if (back && this.listing.get().phase === "failed") this.reload();
  }

  #place(): number | null {
    this.#settle();
    return this.jobs.get().after;
  }

  #enqueue(frame: Frame): void {
    this.#pending.push(frame);
    if (frame.kind === "hello") this.#settle();
    this.#flush ??= window.setTimeout(() => this.#settle(), BATCH_MS);
  }

  #settle(): void {
    window.clearTimeout(this.#flush);
    this.#flush = undefined;
    const frames = this.#pending;
    if (frames.length === 0) return;
    this.#pending = [];
    const before = this.jobs.get();
    const state = receive(before, frames, performance.now());
    this.jobs.set(state);
    const first = before.after === null && state.after !== null;
    if (first || state.epoch !== before.epoch) {
      window.clearTimeout(this.#hello);
      this.reload();
    }
    for (const frame of frames) if (frame.kind === "fact") for (const hear of [...this.#listeners]) hear(frame);
  }

  async #load(): Promise<void> {
    this.#loading?.abort();
    const loading = new AbortController();
    this.#loading = loading;
    const { filter, next } = this.listing.get();
    const path = `/jobs${query({ status: filter.statuses.join(","), q: filter.text, limit: PAGE, cursor: next })}`;
    try {
      const page = await get<Page<JobView>>(path, loading.signal);
      this.learn(page.items);
      if (!loading.signal.aborted) this.listing.set(loaded(this.listing.get(), page));
    } catch (error) {
      if (!loading.signal.aborted) this.listing.set({ ...this.listing.get(), phase: "failed", problem: asProblem(error) });
    } finally {
      if (this.#loading === loading) this.#loading = null;
    }
  }

  async #refresh(id: string): Promise<void> {
    this.#hydrating.add(id);
    try {
      this.learn([await get<JobView>(`/jobs/${encodeURIComponent(id)}`)]);
    } catch (error) {
      // 404: removed meanwhile. Anything else: the row stays as the facts told it and the next fact asks again.
      if (error instanceof Problem && error.status === 404) this.jobs.set(forget(this.jobs.get(), id));
    } finally {
      this.#hydrating.delete(id);
      // a new state wakes the table, which asks for the next rows it shows
      this.jobs.set({ ...this.jobs.get() });
    }
  }
}
