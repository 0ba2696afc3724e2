import { Broken, retryAfter, type Exchange } from "../wire/exchange";
import { API, credentials, query } from "../wire/http";
import { Problem, problemFrom } from "../wire/problem";
import { hex, sha256 } from "../wire/sha256";
import type { JobView } from "../wire/types";
import type { Hears, Landed, Sending, Upload } from "./upload";

export interface SendNeeds {
  exchange: Exchange;
  /** True if the server answers at all. */
  reachable(): Promise<boolean>;
}

/** Sends one file as the body of its own request, with the promise of its SHA-256.
 *
 * Where other bytes than those arrive it is sent once more; what the server says then is final.
 */
export function sendWhole(needs: SendNeeds, { file, lane, group, target }: Upload, hears: Hears): Sending {
  const stop = new AbortController();
  let left = 0;
  const onSent = (bytes: number) => {
    const sent = Math.min(bytes, file.size);
    const fresh = Math.max(0, sent - left); // browsers repeat a request by themselves, and count from the start then
    left = sent;
    hears.moved({ phase: sent >= file.size ? "finishing" : "sending", stored: 0, sent, fresh });
  };
  const headers = {
    "Accept": "application/x-ndjson",
    "Content-Type": file.type || "application/octet-stream",
    "Content-Disposition": `attachment; filename*=UTF-8''${quoted(file.name)}`,
    "X-CSRF-Token": credentials.csrf,
  };
  const ask = async () => {
    const place = target ? `/assets/${encodeURIComponent(target.id)}/versions` : "/assets";
    const url = `${API}${place}${query({ lane, group_id: group && (await group.id()), change_note: target?.note })}`;
    const answer = await needs.exchange({ method: "POST", url, headers: { ...headers, ...(await promise(file)) }, body: file, onSent, signal: stop.signal });
    return read(answer.status, answer.body, answer.header("X-Correlation-ID"), retryAfter(answer));
  };
  const done = ask()
    .then((landed) => (landed.problem?.code === "content_mismatch" ? ask() : landed))
    .catch(async (error: unknown) => {
      // An outage holds the file; a server that answers elsewhere has refused this one.
      throw error instanceof Broken && (await needs.reachable()) ? closed() : error;
    });
  return { done, abort: () => stop.abort() };
}

// A file that cannot be read is told by the request that reads it too.
async function promise(file: File): Promise<Record<string, string>> {
  const sum = await sha256(file).catch(() => null);
  return sum ? { "X-Content-SHA256": hex(sum) } : {};
}

function closed(): Problem {
  return new Problem({
    status: 0,
    code: "upload_interrupted",
    detail: "The connection closed before the file had arrived",
    remedy: "Try again. If it happens again, the file may be larger than the server takes, or it changed on your disk.",
  });
}

// RFC 8187 allows fewer characters than encodeURIComponent leaves alone.
function quoted(name: string): string {
  const odd = /['()*]/g;
  return encodeURIComponent(name.toWellFormed()).replace(odd, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** Reads the answer for one file: a line of NDJSON, `{"jobs": […]}`, or a problem. */
export function read(status: number, body: string, correlationId: string | null, wait: number | null = null): Landed {
  const said = parsed(body);
  if (status >= 400 || said === null) return { job: null, problem: problemFrom(status, said, correlationId, wait) };
  const job = (said["job"] ?? (said["jobs"] as unknown[] | undefined)?.[0] ?? null) as JobView | null;
  const problem = said["error"] ? problemFrom(status, said["error"], correlationId) : null;
  if (job === null && problem === null) return { job, problem: problemFrom(status, null, correlationId) };
  return { job, problem };
}

function parsed(body: string): Record<string, unknown> | null {
  for (const text of [body, body.split("\n", 1)[0] ?? ""]) {
    try {
      const value: unknown = JSON.parse(text);
      if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
    } catch {
      // not JSON as a whole: try its first line, then give up with null
    }
  }
  return null;
}
