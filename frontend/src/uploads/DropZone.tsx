import { useRef, useState, type ChangeEvent } from "react";
import { session } from "../access/session";
import { Icon } from "../ui/Icon";
import { useStore } from "../wire/store";
import { addAll } from "./add";
import { ImportForm, type Into } from "./ImportForm";

/** Buttons for those who pick, and a place to aim at for those who drop; the window takes the drop itself. */
export function DropZone({ into }: { into?: Into }) {
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const state = useStore(session);
  const canImport = state.phase === "in" && state.me.can?.import_url; // there only where an operator allowed it
  const [importing, setImporting] = useState(false);
  const opener = useRef<HTMLButtonElement>(null);
  const closed = () => {
    setImporting(false);
    opener.current?.focus();
  };
  const picked = (event: ChangeEvent<HTMLInputElement>) => {
    addAll([...(event.target.files ?? [])]);
    event.target.value = ""; // so that the same file may be picked again
  };
  return (
    <section className="drop-zone" aria-label="Upload" data-testid="drop-zone">
      <span className="drop-mark"><Icon name="upload" size={22} /></span>
      <div className="drop-words">
        <p className="drop-title">Drop files or folders {into ? <>into “{into.name}”</> : "anywhere"}</p>
        <p className="muted">Packages, photos, videos, models: anything. Or paste.</p>
      </div>
      <div className="drop-buttons">
        <button type="button" className="button primary" onClick={() => files.current?.click()}>Choose files</button>
        <button type="button" className="button" onClick={() => folder.current?.click()}>
          <Icon name="folder" size={16} /> Choose a folder
        </button>
        {canImport && (
          <button type="button" className="button" ref={opener} aria-expanded={importing} onClick={() => setImporting(!importing)} data-testid="import-open">
            <Icon name="download" size={16} /> Import from address
          </button>
        )}
      </div>
      <input ref={files} type="file" multiple hidden onChange={picked} data-testid="file-input" aria-label="Choose files" />
      <input ref={folder} type="file" multiple hidden onChange={picked} data-testid="folder-input" aria-label="Choose a folder" {...{ webkitdirectory: "" }} />
      {importing && <ImportForm into={into} onClose={closed} />}
    </section>
  );
}
