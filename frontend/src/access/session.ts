import { credentials, get, post } from "../wire/http";
import { asProblem, Problem } from "../wire/problem";
import { Store } from "../wire/store";
import type { Me } from "../wire/types";
import { tokenIn } from "./link";

export type Session =
  | { phase: "checking" }
  | { phase: "in"; me: Me }
  | { phase: "out"; problem: Problem | null }
  | { phase: "unreachable"; problem: Problem };

export const session = new Store<Session>({ phase: "checking" });

function enter(me: Me): void {
  credentials.csrf = me.csrf_token;
  session.set({ phase: "in", me });
}

function settle(error: unknown): void {
  const problem = asProblem(error);
  if (problem.status === 401) session.set({ phase: "out", problem: null });
  else session.set({ phase: "unreachable", problem });
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
    session.set({ phase: "out", problem: refusal });
  }
}

/** Takes the token out of the address before anything else can see it, then signs in with it. */
export async function arrive(): Promise<void> {
  const token = tokenIn(location.hash);
  if (token !== null) {
    history.replaceState(history.state, "", location.pathname + location.search);
    session.set({ phase: "checking" });
    await exchange(token);
  } else if (session.get().phase !== "in") {
    await checkSession();
  }
}

export async function signOut(): Promise<void> {
  await post("/auth/logout");
  session.set({ phase: "out", problem: null });
}

credentials.onSignedOut = () => session.set({ phase: "out", problem: null });
