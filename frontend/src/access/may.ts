import { useStore } from "../wire/store";
import type { Action } from "../wire/types";
import { session } from "./session";

/** Whether the page should offer it at all; the server decides. */
export function useMay(action: Action): boolean {
  const state = useStore(session);
  return state.phase === "in" && state.me.actions.includes(action);
}
