import { useCallback, useState } from "react";
import { useMay } from "../access/may";
import { session } from "../access/session";
import { useFresh } from "../app/news";
import { useTitle } from "../app/title";
import { usePages } from "../ui/pages";
import { ProblemNote } from "../ui/ProblemNote";
import { Sentinel } from "../ui/Sentinel";
import { useStore } from "../wire/store";
import { Invitations } from "./Invitations";
import { Invite } from "./Invite";
import { MemberRow } from "./MemberRow";
import { aboutPeople } from "./news";
import type { Member } from "./types";

const idOf = ({ id }: Member) => id;

/** Who is in the studio. Everybody may look; an admin asks people in and says what they may. */
export function MembersPage() {
  const manages = useMay("manage_members");
  const [edition, setEdition] = useState(0);
  useTitle("Members");
  return (
    <div className="page narrow">
      <h1>Members</h1>
      {manages
        ? <><Invite invited={() => setEdition((last) => last + 1)} /><Invitations edition={edition} /></>
        : <p className="muted">An admin of the studio invites people and gives them their roles.</p>}
      <Members manages={manages} />
    </div>
  );
}

function Members({ manages }: { manages: boolean }) {
  const state = useStore(session);
  const pages = usePages<Member>("/members?limit=200", manages ? "managed" : ""); // addresses are an admin's to see
  const { refresh } = pages;
  const read = useCallback(() => refresh(idOf), [refresh]);
  useFresh(pages, idOf, aboutPeople);
  const own = state.phase === "in" ? state.me.member.id : "";
  return (
    <section className="block" aria-labelledby="in-studio" aria-busy={pages.phase === "loading"}>
      <h2 id="in-studio">In the studio</h2>
      <ul className="rows" data-testid="members">
        {pages.items.map((person) => <MemberRow key={person.id} person={person} isYou={person.id === own} manages={manages} changed={read} />)}
      </ul>
      {pages.phase === "loading" && pages.items.length === 0 && <p className="muted" role="status">Loading…</p>}
      {pages.problem && <ProblemNote problem={pages.problem} again={pages.again} />}
      <Sentinel onNear={pages.more} turn={pages.items.length} />
    </section>
  );
}
