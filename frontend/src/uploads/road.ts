import { sendResumable, type ResumableNeeds } from "./resumable";
import { sendWhole, type SendNeeds } from "./send";
import { isResumable } from "./slices";
import type { Hears, Sending, Upload } from "./upload";

/** Sends a file by the road that suits its size. */
export function send(needs: ResumableNeeds & SendNeeds, upload: Upload, hears: Hears): Sending {
  return isResumable(upload.file) ? sendResumable(needs, upload, hears) : sendWhole(needs, upload, hears);
}
