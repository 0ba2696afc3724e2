import { Store } from "../wire/store";
import type { Frame, Onlooker } from "../wire/types";

const AGAIN_MS = 5_000;
/** Refusals that time does not mend. */
const FINAL = new Set(["not_found", "forbidden", "not_possible_now"]);

export type Say = (message: { join: string } | { leave: string }) => void;

/** What this page looks at, and who else does. Several parts of the page may look at the same. */
export class Rooms {
  readonly people = new Store<ReadonlyMap<string, readonly Onlooker[]>>(new Map());
  readonly #looking = new Map<string, number>();
  readonly #say: Say;

  constructor(say: Say) {
    this.#say = say;
  }

  /** Looks at an asset until what it returns is called. */
  look(asset: string): () => void {
    const room = `asset:${asset}`;
    const before = this.#looking.get(room) ?? 0;
    this.#looking.set(room, before + 1);
    if (before === 0) this.#say({ join: room });
    let looks = true;
    return () => {
      if (looks) this.#end(room);
      looks = false;
    };
  }

  /** The rooms to join on a new connection. */
  looks(): Iterable<string> {
    return this.#looking.keys();
  }

  /** Takes a frame about a room, or says that it is none. */
  take(frame: Frame): boolean {
    if (frame.kind === "presence") {
      if (this.#looking.has(frame.room)) this.#set(frame.room, frame.people);
      return true;
    }
    if (frame.kind !== "refused") return false;
    if (!FINAL.has(frame.code)) window.setTimeout(() => this.#again(frame.room), AGAIN_MS);
    return true;
  }

  /** Nobody can be heard any more, so nobody is known to look. */
  lost(): void {
    this.people.set(new Map());
  }

  #end(room: string): void {
    const left = (this.#looking.get(room) ?? 1) - 1;
    if (left > 0) {
      this.#looking.set(room, left);
      return;
    }
    this.#looking.delete(room);
    this.#say({ leave: room });
    const people = new Map(this.people.get());
    if (people.delete(room)) this.people.set(people);
  }

  #again(room: string): void {
    if (this.#looking.has(room)) this.#say({ join: room });
  }

  #set(room: string, people: readonly Onlooker[]): void {
    this.people.set(new Map(this.people.get()).set(room, people));
  }
}
