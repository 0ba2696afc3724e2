import type { Anchor } from "./types";

/** What somebody began to say. The id goes with it, so that sending it again after a reload says it once. */
export interface Draft {
  text: string;
  anchor: Anchor | null;
  id: string | null;
}

export const NOTHING: Draft = { text: "", anchor: null, id: null };

type Shelf = Pick<Storage, "getItem" | "setItem" | "removeItem">;

/** Remembers drafts where the browser allows it; where it does not, they last as long as the page. */
export class Drafts {
  readonly #shelf: () => Shelf;

  constructor(shelf: () => Shelf = () => window.localStorage) {
    this.#shelf = shelf;
  }

  read(key: string): Draft {
    try {
      return checked(JSON.parse(this.#shelf().getItem(key) ?? "null"));
    } catch {
      return NOTHING; // forbidden, or not ours
    }
  }

  keep(key: string, draft: Draft): void {
    try {
      if (draft.text === "" && draft.anchor === null) this.#shelf().removeItem(key);
      else this.#shelf().setItem(key, JSON.stringify(draft));
    } catch {
      // forbidden or full: the box on screen still has it
    }
  }
}

function checked(said: unknown): Draft {
  if (typeof said !== "object" || said === null) return NOTHING;
  const { text, anchor, id } = said as Record<string, unknown>;
  if (typeof text !== "string") return NOTHING;
  return { text, anchor: isAnchor(anchor) ? anchor : null, id: typeof id === "string" ? id : null };
}

function isAnchor(said: unknown): said is Anchor {
  if (typeof said !== "object" || said === null) return false;
  const { frames, region, entry } = said as Record<string, unknown>;
  const numbers = (part: unknown, ...names: string[]) =>
    part == null || (typeof part === "object" && names.every((name) => typeof (part as Record<string, unknown>)[name] === "number"));
  const named = entry == null || (typeof entry === "object" && typeof (entry as Record<string, unknown>)["guid"] === "string");
  return numbers(frames, "start", "end", "rate_num", "rate_den") && numbers(region, "x", "y", "width", "height") && named;
}
