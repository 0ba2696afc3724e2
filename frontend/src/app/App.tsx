import { useEffect } from "react";
import { Arrived } from "../access/Arrived";
import { SignIn } from "../access/SignIn";
import { checkSession, session } from "../access/session";
import { AssetPage } from "../assets/AssetPage";
import { Publishers } from "../assets/Publishers";
import { GroupPage } from "../groups/GroupPage";
import { GroupsPage } from "../groups/GroupsPage";
import { JobDrawer } from "../jobs/JobDrawer";
import { JobsPage } from "../jobs/JobsPage";
import { Library } from "../library/Library";
import { forgetReadings } from "../library/reading";
import { AccountPage } from "../people/AccountPage";
import { KeysPage } from "../people/KeysPage";
import { forgetMembers } from "../people/members";
import { MembersPage } from "../people/MembersPage";
import { Empty } from "../ui/Empty";
import { forgetPages } from "../ui/pages";
import { ProblemNote } from "../ui/ProblemNote";
import { Toasts } from "../ui/toasts";
import { DropAnywhere } from "../uploads/DropAnywhere";
import { useStore } from "../wire/store";
import { Announcer } from "./announce";
import { Header, OfflineBanner } from "./Header";
import { feed } from "./live";
import { Link, useArrival, usePlace } from "./router";

const RETRY_MS = 4_000;

export function App() {
  const state = useStore(session);
  const { phase } = state;
  if (phase === "in") return <Inside key={`${state.me.studio.id}/${state.me.member.id}`} />;
  if (phase === "arrived") return <Arrived link={state.link} />;
  if (phase === "out") return <SignIn />;
  if (phase === "unreachable") return <Unreachable />;
  return <p className="splash" role="status">Opening…</p>;
}

/** Only rendered while somebody is signed in: the live connection lives and ends with it. */
function Inside() {
  useEffect(() => {
    feed.start();
    return () => {
      feed.stop();
      forgetPages();
      forgetReadings();
      forgetMembers();
    };
  }, []);
  return (
    <>
      <a className="skip-link" href="#main">Skip to the content</a>
      <Header />
      <OfflineBanner />
      <main id="main" tabIndex={-1}>
        <CurrentPage />
      </main>
      <DropAnywhere />
      <Announcer />
      <Toasts />
    </>
  );
}

function CurrentPage() {
  const { path } = usePlace();
  const [first = "", second, third, fourth] = path.split("/").filter(Boolean).map(decoded);
  const onJobs = first === "" || first === "jobs";
  useArrival(onJobs ? "jobs" : first === "groups" ? `groups/${second ?? ""}` : path);
  if (onJobs) {
    return (
      <>
        <JobsPage />
        {second && <JobDrawer key={second} id={second} />}
      </>
    );
  }
  if (first === "groups") {
    return (
      <>
        {second ? <GroupPage key={second} id={second} /> : <GroupsPage />}
        {third === "jobs" && fourth && <JobDrawer key={fourth} id={fourth} />}
      </>
    );
  }
  if (first === "assets") return second ? <AssetPage key={second} id={second} /> : <Library key="library" shelf="library" />;
  if (first === "trash" && !second) return <Library key="trash" shelf="trash" />;
  if (first === "publishers" && !second) return <Publishers />;
  if (path === "/account") return <AccountPage />;
  if (path === "/members") return <MembersPage />;
  if (path === "/keys") return <KeysPage />;
  return (
    <Empty as="h1" icon="search" title="There is no such page">
      <Link href="/">Go to the uploads</Link>
    </Empty>
  );
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function Unreachable() {
  const state = useStore(session);
  useEffect(() => {
    const timer = window.setInterval(() => void checkSession(), RETRY_MS);
    return () => window.clearInterval(timer);
  }, []);
  if (state.phase !== "unreachable") return null;
  return (
    <main className="gate">
      <h1>Asset Ingest</h1>
      <ProblemNote problem={state.problem} again={() => void checkSession()} />
      <p className="muted">This page tries again by itself.</p>
    </main>
  );
}
