import { bytes, timeLeft } from "../ui/words";

/** How fast and for how long, as far as anything is known: a line that stands still has no time left to tell of. */
export function pace({ bytes: all, bytesSent, rate }: { bytes: number; bytesSent: number; rate: number | null }): string[] {
  if (bytesSent >= all || rate === null) return [];
  if (rate < 1) return ["nothing has left in the last seconds"];
  return [`${bytes(rate)}/s`, timeLeft(((all - bytesSent) * 1000) / rate)];
}
