import { Bell } from "../notices/Bell";
import { MemberMenu } from "../people/MemberMenu";
import { Icon } from "../ui/Icon";
import { many } from "../ui/words";
import { useStore } from "../wire/store";
import { feed, uploads } from "./live";
import { Link, usePlace } from "./router";
import { ThemeToggle } from "./theme";

const PAGES = [
  { href: "/", text: "Uploads", on: /^\/(jobs|$)/ },
  { href: "/groups", text: "Groups", on: /^\/groups/ },
  { href: "/assets", text: "Library", on: /^\/(assets|trash)/ },
  { href: "/publishers", text: "Publishers", on: /^\/publishers/ },
];

export function Header() {
  const { path } = usePlace();
  return (
    <header className="top">
      <div className="top-inner">
        <Link href="/" className="brand" aria-label="Asset Ingest, uploads">
          <span className="brand-mark"><Icon name="upload" size={16} /></span>
          <span className="brand-name">Asset Ingest</span>
        </Link>
        <nav aria-label="Pages">
          {PAGES.map(({ href, text, on }) => (
            <Link key={href} href={href} aria-current={on.test(path) ? "page" : undefined}>{text}</Link>
          ))}
          <a href="/api/v1/docs">API</a>
        </nav>
        <div className="top-end">
          <SendingPill />
          <ConnectionState />
          <ThemeToggle />
          <Bell />
          <MemberMenu />
        </div>
      </div>
    </header>
  );
}

/** Uploads go on while other pages are open; this is the way back to them. */
function SendingPill() {
  const { active, waiting } = useStore(uploads.view);
  const { path } = usePlace();
  if (active + waiting === 0 || path === "/") return null;
  return <Link href="/" className="pill">Sending {many(active + waiting, "file")}</Link>;
}

const CONNECTION_WORDS = { connecting: "Connecting", live: "Live", offline: "Offline" };

function ConnectionState() {
  const state = useStore(feed.connection);
  return (
    <span className={`connection ${state}`} data-testid="connection-state" data-state={state} title={CONNECTION_WORDS[state]}>
      <span className="dot" aria-hidden="true" />
      <span className="connection-word">{CONNECTION_WORDS[state]}</span>
    </span>
  );
}

export function OfflineBanner() {
  const offline = useStore(feed.connection) === "offline";
  return (
    <div role="status" className={offline ? "banner" : "banner hidden"} data-testid="offline-banner">
      {offline && (
        <>
          <Icon name="offline" size={16} />
          <span>No live connection. What you see may be out of date; it catches up by itself.</span>
        </>
      )}
    </div>
  );
}
