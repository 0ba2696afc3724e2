import { duration } from "../ui/words";
import { Problem } from "../wire/problem";
import { endingOf, sniff, SNIFFED_BYTES } from "./sniff";

/** What can be said of a file before a byte of it is sent. */
export interface Inspected {
  /** "MPEG-4 video · 2 min 5 s"; empty where nothing is known. */
  says: string;
  /** Its name says one thing and its bytes another: it is sent all the same, for the server judges by bytes. */
  odd: string | null;
}

const PATIENCE_MS = 3_000;
const known = new WeakMap<File, Promise<Inspected>>();

/** Looks at the first bytes, and asks the browser how long a video or sound lasts; once for each file. */
export function inspect(file: File): Promise<Inspected> {
  const held = known.get(file) ?? look(file);
  known.set(file, held);
  return held;
}

async function look(file: File): Promise<Inspected> {
  const head = await file.slice(0, SNIFFED_BYTES).arrayBuffer().catch(() => null);
  if (!head) throw unreadable();
  const found = sniff(new Uint8Array(head));
  const ending = endingOf(file.name);
  const lasts = /^(video|audio)\//.test(file.type) ? await secondsOf(file) : null;
  return {
    says: [found?.text ?? plain(file.type), lasts === null ? "" : duration(lasts * 1000)].filter(Boolean).join(" · "),
    odd: found && ending !== "" && !found.endings.includes(ending) ? `Named .${ending}, but looks like a ${found.text}` : null,
  };
}

/** What browsers call a file that they know nothing of says nothing to a person either. */
function plain(type: string): string {
  return type === "application/octet-stream" ? "" : type;
}

/** Null where the browser cannot tell, or not soon: nobody waits for that. */
function secondsOf(file: File): Promise<number | null> {
  if (typeof document === "undefined") return Promise.resolve(null);
  const url = URL.createObjectURL(file);
  const media = document.createElement("video");
  return new Promise<number | null>((resolve) => {
    window.setTimeout(() => resolve(null), PATIENCE_MS);
    media.preload = "metadata";
    media.onloadedmetadata = () => resolve(Number.isFinite(media.duration) ? media.duration : null);
    media.onerror = () => resolve(null);
    media.src = url;
  }).finally(() => {
    media.removeAttribute("src");
    media.load();
    URL.revokeObjectURL(url);
  });
}

function unreadable(): Problem {
  return new Problem({
    status: 0, code: "file_unreadable", detail: "The file cannot be read: it was moved or deleted, or reading it is not allowed",
    remedy: "Check it on your disk and drop it again.",
  });
}
