/** What went wrong, said so that a person knows what, why and what to do. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly remedy: string | null;
  readonly correlationId: string | null;
  /** The job whose row in the history says the same. */
  readonly jobId: string | null;
  /** How long (ms) the server asks to be left alone. */
  readonly retryAfter: number | null;
  /** The short names of the studios that a password opens, where one has to be chosen. */
  readonly studios: readonly string[];
  /** Of a change that somebody else was faster with (412): the thing as it is now. */
  readonly current: unknown;

  constructor(facts: {
    status: number; code: string; detail: string; remedy?: string | null; correlationId?: string | null; jobId?: string | null;
    retryAfter?: number | null; studios?: readonly string[]; current?: unknown;
  }) {
    super(facts.detail);
    this.name = "Problem";
    this.status = facts.status;
    this.code = facts.code;
    this.remedy = facts.remedy ?? null;
    this.correlationId = facts.correlationId ?? null;
    this.jobId = facts.jobId ?? null;
    this.retryAfter = facts.retryAfter ?? null;
    this.studios = facts.studios ?? [];
    this.current = facts.current ?? null;
  }

  /** True if nothing came of the request, and the server says when the same one makes sense again. */
  get isForNow(): boolean {
    return (this.status === 429 || this.status === 503) && this.retryAfter !== null && this.jobId === null;
  }
}

export function unreachable(): Problem {
  return new Problem({
    status: 0,
    code: "unreachable",
    detail: "The server cannot be reached",
    remedy: "Check your connection and that the server is running.",
  });
}

function text(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

/** Reads problem+json; a body that is none (a proxy's page, say) still becomes a sentence. */
export function problemFrom(status: number, body: unknown, correlationId: string | null, retryAfter: number | null = null): Problem {
  const said = typeof body === "object" && body !== null ? (body as Record<string, unknown>) : {};
  const detail = text(said["detail"]) ?? text(said["title"]) ?? `The server answered with status ${status}`;
  const fields = (Array.isArray(said["errors"]) ? (said["errors"] as Record<string, unknown>[]) : [])
    .filter(({ message }) => message !== detail) // said already
    .map((e) => `${text(e["field"]) ?? "?"}: ${text(e["message"]) ?? ""}`);
  return new Problem({
    status: typeof said["status"] === "number" ? said["status"] : status,
    code: text(said["code"]) ?? "internal",
    detail: fields.length > 0 ? `${detail} (${fields.join("; ")})` : detail,
    remedy: text(said["remedy"]),
    correlationId: text(said["correlation_id"]) ?? correlationId,
    jobId: text(said["job_id"]),
    retryAfter,
    studios: Array.isArray(said["studios"]) ? said["studios"].map(String) : [],
    current: said["current"],
  });
}

/** Anything thrown, as a Problem: our own bugs are shown too, never swallowed. */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  return new Problem({
    status: 0,
    code: "internal",
    detail: `The page met an error of its own: ${error instanceof Error ? error.message : String(error)}`,
    remedy: "Reload the page; if it happens again, report it.",
  });
}
