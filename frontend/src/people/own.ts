import { useEffect } from "react";
import { checkSession } from "../access/session";
import { feed } from "../app/live";

const TOUCHES = new Set(["member.role_changed", "member.renamed", "member.status_changed", "member.signed_out", "member.password_changed"]);

/** Asks again who one is, once somebody has changed that: buttons come and go, and whoever was shut out is out. */
export function useOwnNews(memberId: string): void {
  useEffect(() => feed.onFact(({ type, subject }) => {
    if (subject.kind === "member" && subject.id === memberId && TOUCHES.has(type)) void checkSession();
  }), [memberId]);
}
