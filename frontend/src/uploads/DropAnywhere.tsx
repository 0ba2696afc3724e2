import { useEffect, useState } from "react";
import { go } from "../app/router";
import { groupHere } from "../groups/here";
import { Icon } from "../ui/Icon";
import { addAll, addDropped } from "./add";

function hasFiles(data: DataTransfer | null): data is DataTransfer {
  return data !== null && data.types.includes("Files");
}

/** The whole window takes files, dropped or pasted, on every page. */
export function DropAnywhere() {
  const [over, setOver] = useState(false);
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
      addDropped(event.dataTransfer);
      show();
    };
    const paste = (event: ClipboardEvent) => {
      const files = [...(event.clipboardData?.files ?? [])];
      if (files.length === 0) return;
      event.preventDefault();
      addAll(files);
      show();
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
      <div><Icon name="upload" size={36} /> Drop to upload</div>
    </div>
  );
}

function show(): void {
  if (location.pathname !== "/" && groupHere() === null) go("/");
}
