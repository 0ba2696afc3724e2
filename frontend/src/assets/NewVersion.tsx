import { useEffect, useRef, useState, type ChangeEvent } from "react";
import { useMay } from "../access/may";
import { shelf, tus } from "../app/live";
import { Dialog } from "../ui/Dialog";
import { Icon } from "../ui/Icon";
import { attempt } from "../ui/toasts";
import { bytes } from "../ui/words";
import { addVersion, onlyFile } from "../uploads/add";
import { checkInterrupted } from "../uploads/interrupted";
import { taker } from "../uploads/taker";
import { Problem } from "../wire/problem";
import { useStore } from "../wire/store";
import type { AssetDetail } from "../wire/types";

const LONGEST_NOTE = 1000;

/** Takes the next version: from a button, or dropped anywhere on the asset's page. */
export function NewVersion({ asset }: { asset: AssetDetail }) {
  const [asking, setAsking] = useState(false);
  const [file, setFile] = useState<File | null>(null);
  const may = useMay("add_version");
  const trashed = asset.trashed_at !== null;
  const open = may && !trashed;
  useEffect(() => attempt(() => checkInterrupted(shelf, tus)), []);
  useEffect(() => {
    const take = (files: readonly (FileSystemEntry | File)[]) => attempt(async () => {
      if (!open) throw refused(trashed);
      const only = await onlyFile(files);
      if (!only) throw many();
      setFile(only);
      setAsking(true);
    });
    taker.set({ words: open ? `Drop as the next version of ${asset.name}` : "Nothing can be added here", take });
    return () => taker.set(null);
  }, [open, trashed, asset.name]);
  if (!open) return null;
  const close = () => {
    setAsking(false);
    setFile(null);
  };
  return (
    <>
      <button type="button" className="button" onClick={() => setAsking(true)} data-testid="new-version"><Icon name="upload" size={16} /> New version</button>
      {asking && <Form asset={asset} file={file} setFile={setFile} onClose={close} />}
    </>
  );
}

function Form({ asset, file, setFile, onClose }: { asset: AssetDetail; file: File | null; setFile: (file: File) => void; onClose: () => void }) {
  const begun = useStore(shelf.interrupted).find(({ target, name, size }) => target?.id === asset.id && (!file || (file.name === name && file.size === size)));
  const [typed, setTyped] = useState<string | null>(null);
  const note = typed ?? begun?.target?.note ?? "";
  const input = useRef<HTMLInputElement>(null);
  const picked = (event: ChangeEvent<HTMLInputElement>) => {
    const chosen = event.target.files?.[0];
    if (chosen) setFile(chosen);
  };
  const send = () => {
    if (!file) return input.current?.click();
    addVersion(file, { id: asset.id, name: asset.name, note: note.trim() });
    onClose();
  };
  return (
    <Dialog title={`New version of ${asset.name}`} onClose={onClose} onSubmit={send} testId="new-version-ask">
      <div className={file ? "picked" : "picked awaited"}>
        {file
          ? <p><strong className="break">{file.name}</strong><span className="muted">{bytes(file.size)}</span></p>
          : <p className="muted">Drop the file here, paste it, or choose it.</p>}
        <button type="button" className="button" onClick={() => input.current?.click()}>{file ? "Another file" : "Choose a file"}</button>
        <input ref={input} type="file" hidden onChange={picked} aria-label="The file" data-testid="version-input" />
      </div>
      {begun && <p className="fine-print">{begun.name} was interrupted: {bytes(begun.stored)} of {bytes(begun.size)} are here. Give the same file and it goes on.</p>}
      <label className="stacked">What is new? <span className="muted">(if you like)</span>
        <textarea className="field" rows={3} value={note} maxLength={LONGEST_NOTE} onChange={(event) => setTyped(event.target.value)} data-testid="version-note" />
      </label>
      <p className="fine-print">It becomes version {asset.latest_version + 1}, unless somebody is faster, and the current one. Nothing is overwritten.</p>
      <div className="form-moves">
        <button type="button" className="button" onClick={onClose}>Cancel</button>
        <button type="submit" className="button primary" disabled={!file} data-testid="version-send">Upload</button>
      </div>
    </Dialog>
  );
}

function refused(trashed: boolean): Problem {
  return new Problem({
    status: 0, code: "not_possible_now", detail: trashed ? "An asset in the trash takes no version" : "You may not add versions",
    remedy: trashed ? "Restore it first." : "Ask an admin of your studio.",
  });
}

function many(): Problem {
  return new Problem({
    status: 0, code: "invalid_request", detail: "A version is one file", remedy: "Drop one file here; several are uploaded on the page of uploads.",
  });
}
