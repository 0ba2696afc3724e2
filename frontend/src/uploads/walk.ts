import type { DroppedGroup } from "../groups/dropped";
import type { Target } from "./upload";

/** A file on its way in, with the path it had inside a dropped folder. */
export interface Picked {
  file: File;
  path: string;
  /** The group it belongs to: a dropped folder is one. */
  group: DroppedGroup | null;
  /** The asset whose next version it is, if it is one. */
  target?: Target;
}

// What operating systems leave in folders; nobody means to upload it.
const LITTER = /^(\.DS_Store|Thumbs\.db|desktop\.ini|\._.*)$/;

export function isLitter(name: string): boolean {
  return LITTER.test(name);
}

/** The entries of a drop. They must be taken while the event lasts: afterwards the browser empties it. */
export function entriesOf(data: DataTransfer): (FileSystemEntry | File)[] {
  const taken: (FileSystemEntry | File)[] = [];
  for (const item of data.items) {
    const found = item.kind === "file" ? (item.webkitGetAsEntry() ?? item.getAsFile()) : null;
    if (found) taken.push(found);
  }
  return taken.length > 0 ? taken : [...data.files];
}

/** Walks folders to the end and hands files over as they are found, so thousands never hold up the page. */
export async function* walk(roots: readonly (FileSystemEntry | File)[], groupOf: (folder: string) => DroppedGroup | null): AsyncGenerator<Picked> {
  const left = [...roots].reverse();
  for (let next = left.pop(); next; next = left.pop()) {
    if (next instanceof File) {
      yield picked(next, next.webkitRelativePath || next.name, groupOf);
    } else if (next.isFile) {
      yield picked(await fileOf(next as FileSystemFileEntry), next.fullPath.replace(/^\//, ""), groupOf);
    } else {
      left.push(...(await childrenOf(next as FileSystemDirectoryEntry)).reverse());
    }
  }
}

function picked(file: File, path: string, groupOf: (folder: string) => DroppedGroup | null): Picked {
  const [folder = ""] = path.includes("/") ? path.split("/", 1) : [];
  return { file, path, group: groupOf(folder) };
}

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => entry.file(resolve, reject));
}

// readEntries answers at most a hundred at a time and an empty list at the end.
async function childrenOf(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return all;
    all.push(...some);
  }
}
