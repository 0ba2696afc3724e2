import { aboutPeople } from "../people/news";
import { get, post, remove } from "../wire/http";
import { asProblem, type Problem } from "../wire/problem";
import { Store } from "../wire/store";
import type { Fact } from "../wire/types";
import type { Policy, Verdict, VersionReview } from "./types";

const TOGETHER_MS = 60;

export interface Judged {
  review: VersionReview | null;
  policy: Policy | null;
  problem: Problem | null;
}

/** How one version stands, kept true by facts and answers. */
export class Verdicts {
  readonly judged = new Store<Judged>({ review: null, policy: null, problem: null });
  readonly #path: string;
  readonly #assetId: string;
  readonly #version: number;
  #timer: number | undefined;
  #asked = 0;

  constructor(assetId: string, version: number) {
    this.#assetId = assetId;
    this.#version = version;
    this.#path = `/assets/${encodeURIComponent(assetId)}/versions/${version}/approval`;
  }

  readonly read = async (): Promise<void> => {
    const turn = ++this.#asked;
    try {
      const [review, policy] = await Promise.all([get<VersionReview>(`${this.#path}s`), get<Policy>("/approval-policy")]);
      if (turn === this.#asked) this.judged.set({ review, policy, problem: null });
    } catch (error) {
      if (turn === this.#asked) this.judged.set({ ...this.judged.get(), problem: asProblem(error) });
    }
  };

  stop(): void {
    this.#asked++;
    window.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  // A role that changes, or somebody who leaves, changes what counts.
  hear(fact: Fact): void {
    const { type, subject, data } = fact;
    const ours = type.startsWith("approval.") && subject.id === this.#assetId && data["version"] === this.#version;
    if (!ours && type !== "approval.policy_changed" && !aboutPeople(fact)) return;
    this.#timer ??= window.setTimeout(() => {
      this.#timer = undefined;
      void this.read();
    }, TOGETHER_MS);
  }

  async give(verdict: Verdict, note: string): Promise<void> {
    this.#told(await post<VersionReview>(this.#path, { verdict, note }));
  }

  async withdraw(): Promise<void> {
    await remove(this.#path);
    await this.read();
  }

  /** Earlier verdicts, behind those that are held. */
  async earlier(): Promise<void> {
    const { review } = this.judged.get();
    if (!review?.next_cursor) return;
    const more = await get<VersionReview>(`${this.#path}s?cursor=${encodeURIComponent(review.next_cursor)}`);
    this.#told({ ...more, items: [...review.items, ...more.items] });
  }

  #told(review: VersionReview): void {
    this.#asked++;
    this.judged.set({ ...this.judged.get(), review, problem: null });
  }
}
