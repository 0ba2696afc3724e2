import type { Fact } from "../wire/types";

/** Whether a fact is about the people of the studio, what they may, or their keys. */
export function aboutPeople({ type }: Fact): boolean {
  return type.startsWith("member.") && type !== "member.signed_in";
}
