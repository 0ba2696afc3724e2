import { useMay } from "../access/may";
import { ROLE_NAMES } from "../access/roles";
import { session, signOut } from "../access/session";
import { Link } from "../app/router";
import { Icon, type IconName } from "../ui/Icon";
import { Popup } from "../ui/Popup";
import { attempt } from "../ui/toasts";
import { useStore } from "../wire/store";
import type { Me } from "../wire/types";
import { Face } from "./Face";
import { useOwnNews } from "./own";

/** Who is signed in, and what is theirs. */
export function MemberMenu() {
  const state = useStore(session);
  return state.phase === "in" ? <Menu me={state.me} /> : null;
}

function Menu({ me: { member, studio } }: { me: Me }) {
  useOwnNews(member.id);
  const mayKeys = useMay("manage_keys");
  return (
    <Popup label={`${member.name}, ${studio.name}`} look="face-button" face={<Face id={member.id} name={member.name} />} testId="member-menu">
      {(close) => (
        <div className="menu" onClick={close}>
          <div className="menu-who">
            <b className="break">{member.name}</b>
            <span className="sub"><span>{ROLE_NAMES[member.role] ?? member.role}</span><span className="break">{studio.name}</span></span>
          </div>
          <Item href="/account" icon="person" text="Account" />
          <Item href="/members" icon="people" text="Members" />
          {mayKeys && <Item href="/keys" icon="key" text="API keys" />}
          <button type="button" className="menu-item parted" onClick={() => attempt(signOut)} data-testid="sign-out"><Icon name="leave" /> Sign out</button>
        </div>
      )}
    </Popup>
  );
}

function Item({ href, icon, text }: { href: string; icon: IconName; text: string }) {
  return <Link href={href} className="menu-item"><Icon name={icon} /> {text}</Link>;
}
