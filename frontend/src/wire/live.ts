import type { Frame } from "./types";

export type Connection = "connecting" | "live" | "offline";

export interface LiveEvents {
  /** The place to resume from; null asks for nothing, so the answer starts at now. */
  after(): number | null;
  /** What the page looks at; said anew on every connection. */
  rooms(): Iterable<string>;
  frame(frame: Frame): void;
  connection(state: Connection): void;
  /** A connection could not be opened; the session may have ended. */
  refused(): void;
}

const FIRST_MS = 500;
const LONGEST_MS = 15_000;
const OPENING_MS = 10_000;
const PULSE_MS = 5_000;
const ASLEEP_MS = 90_000; // throttled background tabs tick once a minute; a longer gap means the machine slept

/** How long to wait before attempt `n` (0, 1, 2 …): doubling, with half of it left to chance so crowds spread out. */
export function backoff(n: number, chance: number): number {
  const longest = Math.min(LONGEST_MS, FIRST_MS * 2 ** n);
  return longest / 2 + (longest / 2) * chance;
}

/** One WebSocket that comes back by itself and resumes where it stopped. */
export class Live {
  readonly #url: string;
  readonly #events: LiveEvents;
  #socket: WebSocket | null = null;
  #failures = 0;
  #timer: number | undefined;
  #opening: number | undefined;
  #pulse: number | undefined;
  #lastPulse = 0;

  constructor(url: string, events: LiveEvents) {
    this.#url = url;
    this.#events = events;
  }

  start(): void {
    window.addEventListener("online", this.#again);
    window.addEventListener("offline", this.#lost);
    this.#lastPulse = Date.now();
    this.#pulse = window.setInterval(this.#beat, PULSE_MS);
    this.#open();
  }

  stop(): void {
    window.removeEventListener("online", this.#again);
    window.removeEventListener("offline", this.#lost);
    window.clearInterval(this.#pulse);
    this.#drop();
  }

  /** Says it if somebody can hear it; what still counts later is said anew on the next connection. */
  say(message: { join: string } | { leave: string }): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  /** Try now instead of at the end of the backoff. */
  readonly #again = (): void => {
    this.#drop();
    this.#failures = 0;
    this.#open();
  };

  readonly #lost = (): void => {
    this.#drop();
    this.#retry();
  };

  // A machine that slept holds a socket that only looks open.
  readonly #beat = (): void => {
    const gap = Date.now() - this.#lastPulse;
    this.#lastPulse = Date.now();
    if (gap > ASLEEP_MS) this.#again();
  };

  #open(): void {
    if (this.#failures === 0) this.#events.connection("connecting");
    const socket = new WebSocket(this.#url);
    this.#socket = socket;
    let opened = false;
    this.#opening = window.setTimeout(() => socket.close(), OPENING_MS);
    socket.onopen = () => {
      opened = true;
      window.clearTimeout(this.#opening);
      // Said also when there is nothing to resume (null): the server waits for it before it greets.
      socket.send(JSON.stringify({ after: this.#events.after() }));
      for (const room of this.#events.rooms()) socket.send(JSON.stringify({ join: room }));
    };
    socket.onmessage = (message) => this.#receive(String(message.data));
    socket.onclose = () => {
      if (this.#socket !== socket) return;
      this.#drop();
      if (!opened) this.#events.refused();
      this.#retry();
    };
  }

  #receive(data: string): void {
    const frame = JSON.parse(data) as Frame;
    this.#failures = 0;
    this.#events.connection("live");
    this.#events.frame(frame);
  }

  // One broken connection is no news: only a second failure, or a browser that knows better, is called offline.
  #retry(): void {
    this.#events.connection(this.#failures === 0 && navigator.onLine ? "connecting" : "offline");
    window.clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => this.#open(), backoff(this.#failures, Math.random()));
    this.#failures += 1;
  }

  #drop(): void {
    window.clearTimeout(this.#timer);
    window.clearTimeout(this.#opening);
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }
}
