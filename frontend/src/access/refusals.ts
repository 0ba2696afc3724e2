import { sentence } from "../ui/words";
import type { Problem } from "../wire/problem";

export interface Words {
  what: string;
  remedy: string | null;
}

/** "in 14 minutes": as long as one has to wait, never less. */
export function waiting(ms: number): string {
  if (ms <= 1_500) return "in a second";
  if (ms < 90_000) return `in ${Math.ceil(ms / 1000)} seconds`;
  const minutes = Math.ceil(ms / 60_000);
  return minutes < 90 ? `in ${minutes} minutes` : `in ${Math.ceil(minutes / 60)} hours`;
}

/** Why a password did not open anything, and what to do about it. */
export function whyNotIn(problem: Problem): Words {
  if (problem.status === 401) {
    return { what: "The e-mail address or the password is wrong.", remedy: "Check both. If you are in several studios, each may have a password of its own." };
  }
  return tooOften(problem) ?? asSaid(problem);
}

/** Why a link did not open what it is for. */
export function whyNoLink(problem: Problem): Words {
  if (problem.status === 401) {
    return { what: "This link has been used already, or it has expired.", remedy: "Each link works once and for a limited time. Ask whoever sent it to you, or an admin, for a fresh one." };
  }
  return tooOften(problem) ?? asSaid(problem);
}

export function tooOften(problem: Problem): Words | null {
  if (problem.status !== 429) return null;
  const when = problem.retryAfter === null ? "a little later" : waiting(problem.retryAfter);
  return { what: "There were too many tries.", remedy: `Try again ${when}.` };
}

export function asSaid(problem: Problem): Words {
  return { what: sentence(problem.message), remedy: problem.remedy === null ? null : sentence(problem.remedy) };
}
