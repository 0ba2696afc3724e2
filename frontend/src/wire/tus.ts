import { Broken, retryAfter, type Answer, type Ask, type Exchange } from "./exchange";
import { API, credentials } from "./http";
import { Problem, problemFrom } from "./problem";
import { base64 } from "./sha256";

/** Where an upload stands on the server. */
export interface Standing {
  offset: number;
  size: number | null;
  /** When the server forgets it (ms), if it says. */
  expires: number | null;
}

export interface Opened {
  url: string;
  /** The job whose row shows the upload. */
  jobId: string | null;
  /** Of an upload whose parts go straight to where bytes live; null: its bytes go through the server. */
  partSize?: number | null;
}

const VERSION = "1.0.0";

/** tus 1.0, as much of it as a page needs. A refusal is thrown as a Problem, a lost connection as Broken. */
export class Tus {
  readonly #exchange: Exchange;

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
  }

  async look(url: string, signal?: AbortSignal): Promise<Standing> {
    return standing(await this.#ask({ method: "HEAD", url, headers: {}, ...(signal && { signal }) }));
  }

  /** With the bytes' SHA-256 the server keeps all of them or none, and refuses others with 460. */
  async append(url: string, offset: number, body: Blob, onSent: (bytes: number) => void, signal: AbortSignal, sum: Uint8Array | null = null): Promise<Standing> {
    const headers = {
      "Content-Type": "application/offset+octet-stream",
      "Upload-Offset": String(offset),
      ...(sum && { "Upload-Checksum": `sha256 ${base64(sum)}` }),
    };
    return standing(await this.#ask({ method: "PATCH", url, headers, body, onSent, signal }));
  }

  /** Stops the upload on the server; one that is not there any more is stopped. */
  async end(url: string): Promise<void> {
    try {
      await this.#ask({ method: "DELETE", url, headers: {} });
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  }

  /** The bytes of the largest file that the server takes; null if it does not say. */
  async largest(): Promise<number | null> {
    return count((await this.#ask({ method: "OPTIONS", url: `${API}/files`, headers: {} })).header("Tus-Max-Size"));
  }

  async #ask(ask: Ask): Promise<Answer> {
    const { csrf } = credentials;
    const headers = { ...ask.headers, "Tus-Resumable": VERSION, "X-CSRF-Token": csrf };
    const answer = await this.#exchange({ ...ask, headers });
    if (answer.status >= 200 && answer.status < 300) return answer;
    if (answer.status === 403 && csrf !== credentials.csrf) throw new Broken(); // somebody signed in anew just then
    if (answer.status === 401 && csrf === credentials.csrf) credentials.onSignedOut(); // else of a session before this one
    throw refusal(answer);
  }
}

/** The id of an upload, from its address. */
export function idIn(url: string): string {
  return url.slice(url.lastIndexOf("/") + 1);
}

/** True of an upload that the server does not know, or not any more. */
export function isGone(error: unknown): boolean {
  return error instanceof Problem && (error.status === 404 || error.status === 410);
}

function standing(answer: Answer): Standing {
  const offset = count(answer.header("Upload-Offset"));
  if (offset === null) throw new Broken(); // an answer, but none of ours: something in between gave it
  const expires = Date.parse(answer.header("Upload-Expires") ?? "");
  return { offset, size: count(answer.header("Upload-Length")), expires: Number.isNaN(expires) ? null : expires };
}

function refusal(answer: Answer): Problem {
  return problemFrom(answer.status, parsed(answer.body), answer.header("X-Correlation-ID"), retryAfter(answer));
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return null; // HEAD has no body, and a proxy may answer with a page
  }
}

function count(header: string | null): number | null {
  return header !== null && /^\d{1,15}$/.test(header) ? Number(header) : null;
}
