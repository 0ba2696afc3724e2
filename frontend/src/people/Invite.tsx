import { useId, useState, type FormEvent } from "react";
import { Refusal } from "../access/Refusal";
import { asSaid } from "../access/refusals";
import { ROLE_WORDS, type Role } from "../access/roles";
import { useSending } from "../ui/sending";
import { EmailField } from "../access/TextField";
import { post } from "../wire/http";
import { Handed } from "./Handed";
import { RoleSelect } from "./RoleSelect";
import type { Delivery, Invitation } from "./types";

/** Asks somebody in. */
export function Invite({ invited }: { invited: () => void }) {
  const [email, setEmail] = useState("");
  const [role, setRole] = useState<Role>("ARTIST");
  const [made, setMade] = useState<{ email: string; delivery: Delivery } | null>(null);
  const { busy, problem, send } = useSending();
  const roleId = useId();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    send(async () => {
      const { invitation, delivery } = await post<{ invitation: Invitation; delivery: Delivery }>("/invitations", { email: email.trim(), role });
      setMade({ email: invitation.email, delivery });
      setEmail("");
      invited();
    });
  };
  return (
    <section className="block" aria-labelledby="invite">
      <h2 id="invite">Invite somebody</h2>
      <form className="invite" onSubmit={submit}>
        <EmailField value={email} onChange={setEmail} autoComplete="off" placeholder="name@example.org" testId="invite-email" />
        <div className="labelled">
          <label htmlFor={roleId}>Role</label>
          <RoleSelect id={roleId} value={role} onChange={setRole} testId="invite-role" />
        </div>
        <button type="submit" className="button primary" disabled={busy || email.trim() === ""} data-testid="invite-submit">{busy ? "Inviting…" : "Invite"}</button>
        <p className="fine-print role-words">{ROLE_WORDS[role].replace(/^./, (letter) => letter.toUpperCase())}.</p>
      </form>
      <Refusal problem={problem} words={asSaid} />
      {made && <Handed {...made} close={() => setMade(null)} />}
    </section>
  );
}
