import { useCallback } from "react";
import { ROLE_NAMES } from "../access/roles";
import { useFresh } from "../app/news";
import { endsIn } from "../shares/link";
import { useNow } from "../ui/now";
import { ProblemNote } from "../ui/ProblemNote";
import { usePages } from "../ui/pages";
import { Sentinel } from "../ui/Sentinel";
import { attempt } from "../ui/toasts";
import { remove } from "../wire/http";
import { aboutPeople } from "./news";
import type { Invitation } from "./types";

const PATH = "/invitations?limit=100";
const idOf = ({ id }: Invitation) => id;

/** Who was asked in and has not come yet. `edition` changes with each that is made. */
export function Invitations({ edition }: { edition: number }) {
  const pages = usePages<Invitation>(PATH, String(edition));
  const { refresh } = pages;
  const read = useCallback(() => refresh(idOf), [refresh]);
  useFresh(pages, idOf, aboutPeople);
  const now = useNow(60_000);
  const withdraw = (id: string) => attempt(async () => {
    await remove(`/invitations/${encodeURIComponent(id)}`);
    await read();
  });
  if (pages.problem) return <ProblemNote problem={pages.problem} again={pages.again} />;
  if (pages.items.length === 0) return null;
  return (
    <section className="block" aria-labelledby="invited">
      <h2 id="invited">Invited</h2>
      <ul className="rows" data-testid="invitations">
        {pages.items.map(({ id, email, role, holds, expires_at }) => (
          <li key={id}>
            <span className="row-words">
              <span className="break">{email}</span>
              <span className="sub"><span>{ROLE_NAMES[role] ?? role}</span><span>{standing(holds, expires_at, now)}</span></span>
            </span>
            <button type="button" className="button" aria-label={`Revoke the invitation of ${email}`} onClick={() => withdraw(id)} data-testid="withdraw">Revoke</button>
          </li>
        ))}
      </ul>
      <Sentinel onNear={pages.more} turn={pages.items.length} />
    </section>
  );
}

function standing(holds: boolean, expires_at: string, now: number): string {
  if (Date.parse(expires_at) <= now) return "expired";
  return holds ? `ends ${endsIn(expires_at, now)}` : "void: who sent it may not invite any more";
}
