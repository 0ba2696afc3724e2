import { useState } from "react";
import { ROLE_NAMES } from "../access/roles";
import { session, signOutEverywhere } from "../access/session";
import { useTitle } from "../app/title";
import { Confirm } from "../ui/Confirm";
import { useStore } from "../wire/store";
import type { Me } from "../wire/types";
import { ChoosePassword } from "./ChoosePassword";
import { OwnName } from "./OwnName";

/** What is a person's own: who they are here, their password, and where they are signed in. */
export function AccountPage() {
  const state = useStore(session);
  useTitle("Account");
  if (state.phase !== "in") return null;
  return (
    <div className="page narrow">
      <h1>Account</h1>
      <You me={state.me} />
      <ChoosePassword email={state.me.member.email} />
      <SignedIn />
    </div>
  );
}

function You({ me: { member, studio } }: { me: Me }) {
  return (
    <section className="block" aria-labelledby="you">
      <h2 id="you">You</h2>
      <OwnName key={member.name} name={member.name} />
      <dl className="facts">
        <div><dt>E-mail</dt><dd className="break">{member.email ?? "none yet"}</dd></div>
        <div><dt>Role</dt><dd>{ROLE_NAMES[member.role] ?? member.role}</dd></div>
        <div><dt>Studio</dt><dd className="break">{studio.name}</dd></div>
      </dl>
    </section>
  );
}

function SignedIn() {
  const [asking, setAsking] = useState(false);
  return (
    <section className="block" aria-labelledby="signed-in">
      <h2 id="signed-in">Where you are signed in</h2>
      <p className="muted">
        A browser stays signed in for 14 days after you signed in there, or until you sign out. A new password ends all of your other sessions at once.
        API keys go on until somebody revokes them.
      </p>
      <button type="button" className="button start" onClick={() => setAsking(true)} data-testid="everywhere">Sign out everywhere…</button>
      {asking && (
        <Confirm title="Sign out everywhere?" verb="Sign out everywhere" onConfirm={signOutEverywhere} onClose={() => setAsking(false)}>
          <p>Every browser and service that you are signed in with ends at once, this one too. Files that are being sent wait until you are back.</p>
        </Confirm>
      )}
    </section>
  );
}
