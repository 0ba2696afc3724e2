import { useState } from "react";
import { ROLE_NAMES, type Role } from "../access/roles";
import { Icon } from "../ui/Icon";
import { Popup } from "../ui/Popup";
import { attempt } from "../ui/toasts";
import { moment } from "../ui/words";
import { patch, post } from "../wire/http";
import { Face } from "./Face";
import { Handed } from "./Handed";
import { Parting, type Part } from "./Parting";
import { RoleSelect } from "./RoleSelect";
import type { Delivery, Member } from "./types";

interface Props {
  person: Member;
  isYou: boolean;
  manages: boolean;
  changed: () => Promise<void>;
}

export function MemberRow({ person, isYou, manages, changed }: Props) {
  const [made, setMade] = useState<Delivery | null>(null);
  const [asking, setAsking] = useState<Part | null>(null);
  const out = person.status !== "ACTIVE";
  return (
    <li className={out ? "member out" : "member"} data-testid="member" data-status={person.status}>
      <Face id={person.id} name={person.name} />
      <span className="row-words">
        <span className="break"><b>{person.name}</b>{isYou && <span className="muted"> (you)</span>}</span>
        <span className="sub">
          {person.email && <span className="break">{person.email}</span>}
          <span title={moment(person.created_at)}>since {new Date(person.created_at).toLocaleDateString(undefined, { dateStyle: "medium" })}</span>
        </span>
      </span>
      {out && <span className="chip warn">Deactivated</span>}
      {manages ? <RoleOf person={person} isYou={isYou} changed={changed} /> : <span className="role-name">{ROLE_NAMES[person.role] ?? person.role}</span>}
      {manages && <Moves person={person} isYou={isYou} changed={changed} ask={setAsking} made={setMade} />}
      {made && <Handed delivery={made} email={person.email ?? person.name} close={() => setMade(null)} />}
      {asking && <Parting part={asking} person={person} isYou={isYou} changed={changed} close={() => setAsking(null)} />}
    </li>
  );
}

/** A choice is shown at once and taken back where the server refuses it. One's own is asked about first. */
function RoleOf({ person, isYou, changed }: Omit<Props, "manages">) {
  const [wanted, setWanted] = useState<Role | null>(null);
  const [asking, setAsking] = useState<Role | null>(null);
  const give = async (role: Role) => {
    setWanted(role);
    try {
      await patch<Member>(pathOf(person), { role });
      await changed();
    } finally {
      setWanted(null);
    }
  };
  const choose = (role: Role) => (isYou ? setAsking(role) : attempt(() => give(role)));
  return (
    <>
      <RoleSelect label={`Role of ${person.name}`} value={wanted ?? person.role} disabled={wanted !== null} onChange={choose} testId="member-role" />
      {asking && <Parting part="demote" person={person} isYou role={asking} changed={changed} close={() => setAsking(null)} />}
    </>
  );
}

interface MovesProps extends Omit<Props, "manages"> {
  ask: (part: Part) => void;
  made: (delivery: Delivery) => void;
}

function Moves({ person, isYou, changed, ask, made }: MovesProps) {
  const active = person.status === "ACTIVE";
  const letIn = () => attempt(async () => {
    await patch<Member>(pathOf(person), { active: true });
    await changed();
  });
  const link = () => attempt(async () => made(await post<Delivery>(`${pathOf(person)}/password-reset`)));
  return (
    <Popup label={`More for ${person.name}`} look="button quiet square" face={<Icon name="more" />} testId="member-more">
      {(close) => (
        <div className="menu" onClick={close}>
          {active && person.email && <button type="button" className="menu-item" onClick={link}><Icon name="lock" /> Link to a new password</button>}
          {active
            ? <button type="button" className="menu-item" onClick={() => ask("deactivate")}><Icon name="pause" /> Deactivate…</button>
            : <button type="button" className="menu-item" onClick={letIn}><Icon name="play" /> Reactivate</button>}
          <button type="button" className="menu-item parted bad-text" onClick={() => ask("remove")}><Icon name="trash" /> {isYou ? "Leave the studio…" : "Remove…"}</button>
        </div>
      )}
    </Popup>
  );
}

function pathOf({ id }: Member): string {
  return `/members/${encodeURIComponent(id)}`;
}
