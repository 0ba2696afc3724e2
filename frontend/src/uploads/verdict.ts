import type { Problem } from "../wire/problem";

/** What a refusal means for an upload in many requests.
 *
 * ask: the offset was another one · later: the server cannot now · busy: all bytes are there and being made into one
 * object · gone: the server does not hold the upload any more · smaller: something in between takes no body as large as
 * that · signed-out: nobody is signed in · final: trying again would change nothing.
 */
export type Verdict = "ask" | "later" | "busy" | "gone" | "smaller" | "signed-out" | "final";

const OURS = new Set(["too_large", "quota_exceeded"]);
const FOR_NOW = new Set([408, 425, 429, 500, 502, 503, 504]);

export function verdict(problem: Problem): Verdict {
  switch (problem.status) {
    case 401:
      return "signed-out";
    case 404:
    case 410:
      return "gone";
    case 409:
      return problem.code === "writer_replaced" ? "final" : "ask"; // a HEAD has no body, so no code either
    case 413:
      return OURS.has(problem.code) ? "final" : "smaller"; // a proxy's page has no code of ours
    case 423:
      return "busy";
    case 460:
      return "ask";
    default:
      return FOR_NOW.has(problem.status) ? "later" : "final";
  }
}
