import { stopped } from "../wire/exchange";
import { sendResumable, type ResumableNeeds } from "./resumable";
import { sendWhole, type SendNeeds } from "./send";
import { isResumable } from "./slices";
import type { Hears, Sending, Upload } from "./upload";

export interface RoadNeeds extends ResumableNeeds, SendNeeds {
  /** Looks at the file itself; throws a Problem where it cannot be read. */
  inspect(file: File): Promise<unknown>;
}

/** Sends a file by the road that suits it, once it has been looked at. */
export function send(needs: RoadNeeds, upload: Upload, hears: Hears): Sending {
  let isStopped = false;
  let sending: Sending | null = null;
  const begin = async () => {
    if (!upload.ticket) await needs.inspect(upload.file);
    if (isStopped) throw stopped();
    sending = isResumable(upload) ? sendResumable(needs, upload, hears) : sendWhole(needs, upload, hears);
    return sending.done;
  };
  return {
    done: begin(),
    abort: () => {
      isStopped = true;
      sending?.abort();
    },
    retryPart: (number) => sending?.retryPart?.(number),
  };
}
