import { afterEach, expect, test, vi } from "vitest";
import { Digests } from "./digests";

const ABC = "kAFQmDzST7DWlj99KOF/cg==";

/** A thread that gives this answer, or none because it cannot begin. */
function threadsThat(answer: string | null | Error): { begun: number } {
  const seen = { begun: 0 };
  class Thread extends EventTarget {
    #isDead = false;

    constructor() {
      super();
      seen.begun += 1;
    }

    postMessage(_bytes: Blob, [port]: MessagePort[]): void {
      if (!(answer instanceof Error)) return port?.postMessage(answer);
      if (!this.#isDead) queueMicrotask(() => this.dispatchEvent(new Event("error")));
      this.#isDead = true;
    }
  }
  vi.stubGlobal("Worker", Thread);
  return seen;
}

afterEach(() => void vi.unstubAllGlobals());

test("one thread counts for all", async () => {
  const threads = threadsThat("counted beside");
  const digests = new Digests();
  expect(await Promise.all([digests.of(new Blob(["abc"])), digests.of(new Blob(["abc"]))])).toEqual(["counted beside", "counted beside"]);
  expect(threads.begun).toBe(1);
});

test.each([new Error("its file is gone"), null])("where the thread does not count (%s), the page does", async (answer) => {
  threadsThat(answer);
  const digests = new Digests();
  expect(await Promise.all([digests.of(new Blob(["abc"])), digests.of(new Blob(["abc"]))])).toEqual([ABC, ABC]);
  expect(await digests.of(new Blob(["abc"]))).toBe(ABC);
});
