import { useRef, type ChangeEvent } from "react";
import { Icon } from "../ui/Icon";
import { addAll } from "./add";

/** Buttons for those who pick, and a place to aim at for those who drop; the window takes the drop itself. */
export function DropZone({ into }: { into?: string }) {
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const picked = (event: ChangeEvent<HTMLInputElement>) => {
    addAll([...(event.target.files ?? [])]);
    event.target.value = ""; // so that the same file may be picked again
  };
  return (
    <section className="drop-zone" aria-label="Upload" data-testid="drop-zone">
      <span className="drop-mark"><Icon name="upload" size={22} /></span>
      <div className="drop-words">
        <p className="drop-title">Drop files or folders {into ? <>into “{into}”</> : "anywhere"}</p>
        <p className="muted">Unity packages, photos, videos, models: anything. You can also paste.</p>
      </div>
      <div className="drop-buttons">
        <button type="button" className="button primary" onClick={() => files.current?.click()}>Choose files</button>
        <button type="button" className="button" onClick={() => folder.current?.click()}>
          <Icon name="folder" size={16} /> Choose a folder
        </button>
      </div>
      <input ref={files} type="file" multiple hidden onChange={picked} data-testid="file-input" aria-label="Choose files" />
      <input ref={folder} type="file" multiple hidden onChange={picked} data-testid="folder-input" aria-label="Choose a folder" {...{ webkitdirectory: "" }} />
    </section>
  );
}
