import { Problem, problemFrom, unreachable } from "./problem";

export const API = "/api/v1";
const PATIENCE_MS = 30_000;

/** What every request needs to know of the session; the session fills it in. */
export const credentials: { csrf: string; onSignedOut: () => void } = { csrf: "", onSignedOut: () => undefined };

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** Where 401 is about what the body says (a password, a link), not about who is signed in. */
const ASKS_NOBODY = /^\/(auth\/(me|login|register|exchange|password-reset)|invitations\/(open|accept))(\/|$)/;

/** What a change is held to: the revision that its writer has read. */
export interface Held {
  revision: number;
}

async function request(method: Method, path: string, body: unknown, signal: AbortSignal | undefined, held: Held | undefined): Promise<Response> {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (method !== "GET") headers["X-CSRF-Token"] = credentials.csrf;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (held) headers["If-Match"] = `"${held.revision}"`;
  const patience = AbortSignal.timeout(PATIENCE_MS);
  try {
    return await fetch(API + path, {
      method,
      headers,
      credentials: "same-origin",
      body: body === undefined ? null : JSON.stringify(body),
      signal: signal ? AbortSignal.any([signal, patience]) : patience,
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw unreachable();
  }
}

async function refusal(response: Response): Promise<Problem> {
  const body: unknown = await response.json().catch(() => null); // a proxy may answer with a page
  return problemFrom(response.status, body, response.headers.get("X-Correlation-ID"), patienceOf(response));
}

function patienceOf(response: Response): number | null {
  const seconds = Number.parseInt(response.headers.get("Retry-After") ?? "", 10);
  return Number.isFinite(seconds) ? seconds * 1000 : null;
}

async function ask<T>(method: Method, path: string, body?: unknown, signal?: AbortSignal, held?: Held): Promise<T> {
  const { csrf } = credentials;
  const response = await request(method, path, body, signal, held);
  if (!response.ok) {
    const isOurs = csrf === credentials.csrf; // an answer may be of a session before this one
    if (response.status === 401 && isOurs && !ASKS_NOBODY.test(path)) credentials.onSignedOut();
    throw await refusal(response);
  }
  const said = await response.text(); // 202 and 204 may say nothing
  return (said === "" ? undefined : JSON.parse(said)) as T;
}

export function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return ask<T>("GET", path, undefined, signal);
}

export function post<T>(path: string, body?: unknown, held?: Held): Promise<T> {
  return ask<T>("POST", path, body, undefined, held);
}

export function patch<T>(path: string, body: unknown, held?: Held): Promise<T> {
  return ask<T>("PATCH", path, body, undefined, held);
}

export function put<T>(path: string, body: unknown, held?: Held): Promise<T> {
  return ask<T>("PUT", path, body, undefined, held);
}

export function remove<T = void>(path: string, held?: Held): Promise<T> {
  return ask<T>("DELETE", path, undefined, undefined, held);
}

/** A query string without the empty ones. */
export function query(params: Record<string, string | number | null | undefined>): string {
  const said = Object.entries(params).filter(([, value]) => value !== null && value !== undefined && value !== "");
  return said.length === 0 ? "" : `?${new URLSearchParams(said.map(([name, value]) => [name, String(value)]))}`;
}
