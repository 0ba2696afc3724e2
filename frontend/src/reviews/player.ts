import { Store } from "../wire/store";
import { frameAt, isClock, rateOfFrames, secondsAt, type Rate } from "./timecode";
import type { Frames } from "./types";

export interface Playing {
  time: number;
  /** 0 as long as nobody knows. */
  duration: number;
  playing: boolean;
  speed: number;
}

const STRIDE_MS = 40; // one step where nobody knows of frames
const FASTEST = 4;
const PAST_ANY_END = 1e101;

/** A video or sound, moved by frames. */
export class Player {
  readonly state = new Store<Playing>({ time: 0, duration: 0, playing: false, speed: 1 });
  readonly rate: Rate;
  #media: HTMLMediaElement | null = null;
  #measuring = false;

  constructor(rate: Rate) {
    this.rate = rate;
  }

  get frame(): number {
    return frameAt(this.state.get().time, this.rate);
  }

  /** The frame on screen, as an anchor. */
  here(): Frames {
    return { start: this.frame, end: this.frame, rate_num: this.rate.num, rate_den: this.rate.den };
  }

  /** Follows an element; returns what ends that. */
  readonly attach = (media: HTMLMediaElement | null): (() => void) => {
    if (!media) return () => undefined;
    this.#media = media;
    const stop = new AbortController();
    const hear = (type: string, run: () => void) => media.addEventListener(type, run, { signal: stop.signal });
    for (const type of ["timeupdate", "seeked", "seeking"]) hear(type, () => this.#follow());
    for (const type of ["loadedmetadata", "durationchange"]) hear(type, () => this.#measure());
    hear("play", () => this.#run());
    hear("pause", () => this.#rested());
    hear("ratechange", () => this.#set({ speed: media.playbackRate }));
    this.#measure();
    return () => {
      stop.abort();
      media.pause();
      if (this.#media === media) this.#media = null;
    };
  };

  toggle(): void {
    if (!this.#media) return;
    if (this.#media.paused) this.#media.play().catch(() => this.#set({ playing: false })); // stopped before it began
    else this.#media.pause();
  }

  pause(): void {
    this.#media?.pause();
  }

  seek(seconds: number): void {
    const { duration } = this.state.get();
    const time = Math.max(0, duration > 0 ? Math.min(seconds, duration) : seconds);
    if (this.#media) this.#media.currentTime = time;
    this.#set({ time });
  }

  /** Shows another frame; so many after this one, or before it. */
  step(frames: number): void {
    this.pause();
    const stride = isClock(this.rate) ? STRIDE_MS : 1;
    this.seek(secondsAt(Math.max(0, this.frame + frames * stride), this.rate));
  }

  /** Shows the first frame of an anchor, by the rate that it was made with. */
  jump(frames: Frames): void {
    this.pause();
    this.seek(secondsAt(frames.start, rateOfFrames(frames)));
  }

  /** The editor's keys: L plays and goes faster, K rests, J goes back. */
  shuttle(key: "j" | "k" | "l"): void {
    const media = this.#media;
    if (!media) return;
    if (key === "j") this.seek(this.state.get().time - 1);
    if (key === "k") media.pause();
    if (key !== "l") media.playbackRate = 1;
    else if (media.paused) this.toggle();
    else media.playbackRate = Math.min(FASTEST, media.playbackRate * 2);
  }

  // A recording of a browser does not say how long it is, until one has been at its end.
  #measure(): void {
    const media = this.#media;
    if (!media || Number.isNaN(media.duration)) return;
    if (media.duration === Infinity) {
      if (this.#measuring) return;
      this.#measuring = true;
      media.currentTime = PAST_ANY_END;
      return;
    }
    this.#set({ duration: media.duration });
    if (!this.#measuring) return this.#follow();
    this.#measuring = false;
    this.seek(this.state.get().time);
  }

  #follow(): void {
    if (this.#media && !this.#measuring && !this.#media.seeking) this.#set({ time: this.#media.currentTime });
  }

  #run(): void {
    this.#set({ playing: true });
    const turn = () => {
      if (!this.#media || this.#media.paused) return;
      this.#follow();
      requestAnimationFrame(turn);
    };
    requestAnimationFrame(turn);
  }

  // Between two frames a player may show either: what is said next should be of the one that is counted.
  #rested(): void {
    this.#set({ playing: false });
    if (this.#media && !this.#media.ended && !isClock(this.rate)) this.seek(secondsAt(frameAt(this.#media.currentTime, this.rate), this.rate));
    else this.#follow();
  }

  #set(change: Partial<Playing>): void {
    this.state.set({ ...this.state.get(), ...change });
  }
}
