import { useEffect, useState } from "react";
import { shelf, tus, uploads } from "../app/live";
import { Link } from "../app/router";
import { attempt } from "../ui/toasts";
import { bytes, many } from "../ui/words";
import { useStore } from "../wire/store";
import { checkInterrupted, endInterrupted } from "./interrupted";

const NAMED = 5;

/** Uploads from an earlier life of the page; the browser lets nobody but a person open their files again. */
export function Interrupted() {
  const kept = useStore(shelf.interrupted);
  useStore(uploads.view); // those that were given again leave the list
  const [busy, setBusy] = useState(false);
  useEffect(() => attempt(() => checkInterrupted(shelf, tus)), []);
  const missing = kept.filter(({ name, size, target }) => !uploads.holds(name, size, target?.id));
  if (missing.length === 0) return null;
  const forget = () => {
    setBusy(true);
    attempt(() => endInterrupted(shelf, tus).finally(() => setBusy(false)));
  };
  const one = missing.length === 1;
  const inFolder = missing.some(({ path }) => path?.includes("/"));
  return (
    <section className="interrupted" aria-label="Interrupted uploads" data-testid="interrupted">
      <div className="interrupted-words">
        <p className="interrupted-what">
          {many(missing.length, "upload")} {one ? "was" : "were"} interrupted: drop the {inFolder ? "folder" : one ? "file" : "files"} again to continue
        </p>
        <ul>
          {missing.slice(0, NAMED).map(({ print, name, path = name, stored, size, target }) => (
            <li key={print}>
              <span className="file-name" title={path}>{path}</span>
              <span className="muted">{bytes(stored)} of {bytes(size)} are here{target && <>, for <Link href={`/assets/${target.id}`}>{target.name}</Link>: drop it there</>}</span>
            </li>
          ))}
          {missing.length > NAMED && <li className="muted">and {many(missing.length - NAMED, "more file")}</li>}
        </ul>
      </div>
      <button type="button" className="button" disabled={busy} onClick={forget} title="Removes what has arrived of them from the server">
        Forget {one ? "it" : "them"}
      </button>
    </section>
  );
}
