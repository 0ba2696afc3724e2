import type { Problem } from "../wire/problem";
import { asProblem } from "../wire/problem";
import { Store, useStore } from "../wire/store";
import { Icon } from "./Icon";
import { ProblemNote } from "./ProblemNote";

const SHOWN_MS = 12_000;
const AT_MOST = 3;

interface Toast {
  key: number;
  problem: Problem;
}

const toasts = new Store<readonly Toast[]>([]);
let keys = 0;

function close(key: number): void {
  toasts.set(toasts.get().filter((toast) => toast.key !== key));
}

/** Runs what a button asks for; a failure is said in a corner of the page. */
export function attempt(action: () => Promise<void>): void {
  action().catch((error: unknown) => {
    const key = ++keys;
    toasts.set([...toasts.get(), { key, problem: asProblem(error) }].slice(-AT_MOST));
    window.setTimeout(() => close(key), SHOWN_MS);
  });
}

export function Toasts() {
  return (
    <div className="toasts">
      {useStore(toasts).map(({ key, problem }) => (
        <div className="toast" key={key}>
          <ProblemNote problem={problem} />
          <button type="button" className="button quiet square" aria-label="Close" onClick={() => close(key)}>
            <Icon name="cross" size={16} />
          </button>
        </div>
      ))}
    </div>
  );
}
