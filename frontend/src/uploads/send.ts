import { API, credentials, query } from "../wire/http";
import { Problem, problemFrom } from "../wire/problem";
import type { JobView } from "../wire/types";

/** How one file ended: as a job of the server, or refused (with or without one). */
export interface Landed {
  job: JobView | null;
  problem: Problem | null;
}

/** The connection broke before the server had answered; whether that is an outage is for the queue to find out. */
export class Broken extends Error {}

export interface Sending {
  done: Promise<Landed>;
  abort(): void;
}

/** Sends one file as the body of its own request; `onSent` hears of the bytes on their way. */
export function send(file: File, lane: "interactive" | "bulk", onSent: (bytes: number) => void): Sending {
  const request = new XMLHttpRequest();
  const done = new Promise<Landed>((resolve, reject) => {
    request.upload.onprogress = (event) => onSent(event.loaded);
    request.onload = () => resolve(landed(request));
    request.onerror = () => reject(new Broken());
    request.onabort = () => reject(new DOMException("the upload was cancelled", "AbortError"));
  });
  request.open("POST", `${API}/assets${query({ lane })}`);
  request.setRequestHeader("Accept", "application/x-ndjson");
  request.setRequestHeader("Content-Type", file.type || "application/octet-stream");
  request.setRequestHeader("Content-Disposition", `attachment; filename*=UTF-8''${quoted(file.name)}`);
  request.setRequestHeader("X-CSRF-Token", credentials.csrf);
  request.send(file);
  return { done, abort: () => request.abort() };
}

// RFC 8187 allows fewer characters than encodeURIComponent leaves alone.
function quoted(name: string): string {
  const odd = /['()*]/g;
  return encodeURIComponent(name.toWellFormed()).replace(odd, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

function landed(request: XMLHttpRequest): Landed {
  return read(request.status, request.responseText, request.getResponseHeader("X-Correlation-ID"));
}

/** Reads the answer for one file: a line of NDJSON, `{"jobs": […]}`, or a problem. */
export function read(status: number, body: string, correlationId: string | null): Landed {
  const said = parsed(body);
  if (status >= 400 || said === null) return { job: null, problem: problemFrom(status, said, correlationId) };
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
