import { ROLE_NAMES, type Role } from "../access/roles";
import { checkSession } from "../access/session";
import { Confirm } from "../ui/Confirm";
import { patch, remove } from "../wire/http";
import type { Member } from "./types";

/** What an admin is asked about before it is done. */
export type Part = "deactivate" | "remove" | "demote";

interface Props {
  part: Part;
  person: Member;
  isYou: boolean;
  role?: Role;
  changed: () => Promise<void>;
  close: () => void;
}

/** The server refuses what would leave the studio without an admin; the question says so where it is asked. */
export function Parting({ part, person, isYou, role, changed, close }: Props) {
  const path = `/members/${encodeURIComponent(person.id)}`;
  const act = async () => {
    if (part === "remove") await remove(path);
    else await patch<Member>(path, part === "demote" ? { role } : { active: false });
    await (isYou ? checkSession() : changed());
  };
  const { title, verb, text } = words(part, isYou ? "yourself" : person.name, isYou, role);
  return <Confirm title={title} verb={verb} onConfirm={act} onClose={close}><p>{text}</p></Confirm>;
}

function words(part: Part, whom: string, isYou: boolean, role: Role | undefined) {
  if (part === "demote") {
    return { title: "Change your own role?", verb: "Change my role", text: `From now on you are ${ROLE_NAMES[role ?? ""] ?? role}. Only another admin can make you one again.` };
  }
  const whose = isYou ? "Your" : "Their";
  if (part === "deactivate") {
    return { title: `Deactivate ${whom}?`, verb: "Deactivate", text: `${whose} sessions and API keys end at once. An admin can reactivate ${isYou ? "you" : "them"}; keys have to be made anew.` };
  }
  return {
    title: isYou ? "Leave the studio?" : `Remove ${whom}?`, verb: isYou ? "Leave" : "Remove",
    text: `${whose} sessions and API keys end at once, and address and password are forgotten. The name stays on what ${isYou ? "you" : "they"} made.`,
  };
}
