import { useEffect, useState } from "react";
import { go } from "../app/router";
import { groupHere } from "../groups/here";
import { Icon } from "../ui/Icon";
import { useStore } from "../wire/store";
import { addAll } from "./add";
import { taker } from "./taker";
import { entriesOf } from "./walk";

function hasFiles(data: DataTransfer | null): data is DataTransfer {
  return data !== null && data.types.includes("Files");
}

/** The whole window takes files, dropped or pasted, on every page. */
export function DropAnywhere() {
  const [over, setOver] = useState(false);
  const { words } = useStore(taker) ?? { words: "Drop to upload" };
  useEffect(() => {
    const drag = (event: DragEvent) => {
      if (!hasFiles(event.dataTransfer)) return;
      event.preventDefault();
      event.dataTransfer.dropEffect = "copy";
      setOver(true);
    };
    // relatedTarget is empty only when the pointer leaves the window
    const leave = (event: DragEvent) => event.relatedTarget === null && setOver(false);
    const drop = (event: DragEvent) => {
      setOver(false);
      if (!hasFiles(event.dataTransfer)) return;
      event.preventDefault();
      take(entriesOf(event.dataTransfer));
    };
    const paste = (event: ClipboardEvent) => {
      const files = [...(event.clipboardData?.files ?? [])];
      if (files.length === 0) return;
      event.preventDefault();
      take(files);
    };
    window.addEventListener("dragover", drag);
    window.addEventListener("dragleave", leave);
    window.addEventListener("drop", drop);
    window.addEventListener("paste", paste);
    return () => {
      window.removeEventListener("dragover", drag);
      window.removeEventListener("dragleave", leave);
      window.removeEventListener("drop", drop);
      window.removeEventListener("paste", paste);
    };
  }, []);
  return (
    <div className={over ? "drop-cover over" : "drop-cover"} aria-hidden="true">
      <div><Icon name="upload" size={36} /> {words}</div>
    </div>
  );
}

/** To the page that is open, if it takes files itself; else they are uploads like all others. */
function take(files: readonly (FileSystemEntry | File)[]): void {
  const here = taker.get();
  if (here) return here.take(files);
  addAll(files);
  show();
}

function show(): void {
  if (location.pathname !== "/" && groupHere() === null) go("/");
}
