import type { CSSProperties } from "react";
import { Icon } from "../ui/Icon";
import { useStore } from "../wire/store";
import type { Player } from "./player";
import { clock, isClock, rateOfFrames, secondsAt, timecode } from "./timecode";
import type { Frames } from "./types";

export interface Mark {
  id: string;
  number: number;
  frames: Frames;
  chosen: boolean;
  resolved: boolean;
  title: string;
}

interface TransportProps {
  player: Player;
  marks: readonly Mark[];
  draft: Frames | null;
  onChoose: (id: string) => void;
}

/** Plays, steps and shows where comments are. */
export function Transport({ player, marks, draft, onChoose }: TransportProps) {
  const { time, duration, playing, speed } = useStore(player.state);
  const code = timecode(player.frame, player.rate);
  const along = (seconds: number) => (duration > 0 ? Math.min(1, Math.max(0, seconds / duration)) : 0);
  return (
    <div className="transport">
      <div className="timeline">
        <input type="range" aria-label="Position" aria-valuetext={code} min={0} max={duration || 1} step="any" value={Math.min(time, duration || 1)}
          disabled={duration === 0} onChange={(event) => player.seek(Number(event.target.value))} />
        {draft && <span className="timeline-range" style={span(draft, along)} />}
        {marks.map((mark) => (
          <button key={mark.id} type="button" className="timeline-mark" style={span(mark.frames, along)} aria-pressed={mark.chosen}
            data-resolved={mark.resolved || undefined} data-testid="timeline-mark" data-thread={mark.id}
            aria-label={`Comment ${mark.number} at ${timecode(mark.frames.start, rateOfFrames(mark.frames))}: ${mark.title}`} title={mark.title}
            onClick={() => onChoose(mark.id)}>
            <span>{mark.number}</span>
          </button>
        ))}
      </div>
      <div className="transport-row">
        <button type="button" className="button quiet square" aria-label="One frame back" title="One frame back  ,"
          onClick={() => player.step(-1)}><Icon name="stepback" size={16} /></button>
        <button type="button" className="button square" aria-label={playing ? "Pause" : "Play"} title="Space" onClick={() => player.toggle()} data-testid="play">
          <Icon name={playing ? "pause" : "play"} size={16} />
        </button>
        <button type="button" className="button quiet square" aria-label="One frame on" title="One frame on  ."
          onClick={() => player.step(1)}><Icon name="stepforth" size={16} /></button>
        <output className="timecode" data-testid="timecode" data-frame={player.frame}>{code}</output>
        <span className="muted timecode-end">/ {duration > 0 ? clock(duration) : "–"}</span>
        {speed !== 1 && <span className="chip run">{speed}×</span>}
        <span className="muted transport-rate">{said(player)}</span>
      </div>
    </div>
  );
}

function said({ rate, frame }: Player): string {
  if (isClock(rate)) return "Steps of 40 ms";
  return `Frame ${frame} · ${(rate.num / rate.den).toFixed(rate.den === 1 ? 0 : 3)} fps`;
}

const THUMB = 8; // half of the slider's knob: its middle never reaches the ends

function span(frames: Frames, along: (seconds: number) => number): CSSProperties {
  const rate = rateOfFrames(frames);
  const [from, to] = [along(secondsAt(frames.start, rate)), along(secondsAt(frames.end, rate))];
  return { left: `calc(${THUMB}px + (100% - ${2 * THUMB}px) * ${from})`, width: `calc((100% - ${2 * THUMB}px) * ${Math.max(0, to - from)})` };
}
