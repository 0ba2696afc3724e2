/** Which remembered uploads are being sent right now, by any window of this browser. */
export interface Claims {
  /** Takes one; null if somebody keeps it. A window that closes or dies gives back what it took. */
  take(name: string): Promise<(() => void) | null>;
  taken(): Promise<ReadonlySet<string>>;
}

const PREFIX = "upload ";
const PATIENCE_MS = 1_000; // what was let go a moment ago is free a moment later

/** Web Locks: the browser itself gives them back when a window dies. They exist wherever fingerprints do. */
export const windowClaims: Claims = {
  take: (name) =>
    new Promise((resolve) => {
      const held = () => new Promise<void>((release) => resolve(release));
      navigator.locks.request(PREFIX + name, { signal: AbortSignal.timeout(PATIENCE_MS) }, held).catch(() => resolve(null));
    }),
  taken: async () => {
    const { held = [] } = (await navigator.locks?.query()) ?? {};
    return new Set(held.map(({ name = "" }) => name.slice(PREFIX.length)));
  },
};
