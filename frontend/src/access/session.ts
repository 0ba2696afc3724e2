import { credentials, get, post } from "../wire/http";
import { asProblem, Problem } from "../wire/problem";
import { Store } from "../wire/store";
import type { Me } from "../wire/types";
import { arrivalIn, type Arrival } from "./link";

export type Session =
  | { phase: "checking" }
  | { phase: "in"; me: Me }
  /** Somebody opened a link that asks them for a password first. */
  | { phase: "arrived"; link: Arrival }
  /** `problem` is why a sign-in link was refused; `said` is what the form should say first. */
  | { phase: "out"; problem: Problem | null; said: string | null }
  | { phase: "unreachable"; problem: Problem };

export const session = new Store<Session>({ phase: "checking" });

const ENDED = "You were signed out. Sign in to go on where you were.";

export function enter(me: Me): void {
  credentials.csrf = me.csrf_token;
  session.set({ phase: "in", me });
}

export function leave(said: string | null): void {
  session.set({ phase: "out", problem: null, said });
}

function settle(error: unknown): void {
  const problem = asProblem(error);
  if (problem.status === 401) ended();
  else session.set({ phase: "unreachable", problem });
}

// Whoever was in the middle of something is told why it is gone.
function ended(): void {
  const { phase } = session.get();
  if (phase === "checking" || phase === "unreachable") leave(null);
  else if (phase === "in") leave(ENDED);
}

/** Who is here? Keeps whoever is signed in when the server merely cannot be asked. */
export async function checkSession(): Promise<void> {
  try {
    enter(await get<Me>("/auth/me"));
  } catch (error) {
    const known = session.get().phase === "in";
    if (!known || asProblem(error).status === 401) settle(error);
  }
}

/** Exchanges the token of a sign-in link; it works once. */
export async function exchange(token: string): Promise<void> {
  try {
    enter(await post<Me>("/auth/exchange", { token }));
  } catch (error) {
    await afterRefusal(asProblem(error));
  }
}

// A link opened a second time by somebody who is signed in already is no reason to send them away.
async function afterRefusal(refusal: Problem): Promise<void> {
  try {
    enter(await get<Me>("/auth/me"));
  } catch {
    session.set({ phase: "out", problem: refusal, said: null });
  }
}

/** Takes the token out of the address before anything else can see it, then does what its link is for. */
export async function arrive(): Promise<void> {
  const link = arrivalIn(location.hash);
  if (link !== null) {
    history.replaceState(history.state, "", location.pathname + location.search);
    await follow(link);
  } else if (session.get().phase !== "in") {
    await stayOrCheck();
  }
}

/** Does what a link is for, whether it was opened or pasted. */
export async function follow(link: Arrival): Promise<void> {
  if (link.kind === "signin") {
    session.set({ phase: "checking" });
    await exchange(link.token);
  } else {
    session.set({ phase: "arrived", link });
  }
}

// A jump within the page (the skip link, say) changes the hash, too: a form that somebody fills in stays.
async function stayOrCheck(): Promise<void> {
  const { phase } = session.get();
  if (phase === "checking" || phase === "unreachable") await checkSession();
}

/** Leaves a form that a link has opened, to wherever one was before. */
export async function turnBack(): Promise<void> {
  session.set({ phase: "checking" });
  await checkSession();
}

export async function signIn(said: { email: string; password: string; studio?: string }): Promise<void> {
  enter(await post<Me>("/auth/login", said));
}

export async function signOut(): Promise<void> {
  await post("/auth/logout");
  leave(null);
}

export async function signOutEverywhere(): Promise<void> {
  await post("/auth/logout-everywhere");
  leave("You are signed out everywhere.");
}

credentials.onSignedOut = ended;
