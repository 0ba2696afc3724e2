import { largest, uploads } from "../app/live";
import { groupsHere } from "../groups/here";
import { asProblem } from "../wire/problem";
import { attempt } from "../ui/toasts";
import type { Target } from "./upload";
import { walk, type Picked } from "./walk";

const CHUNK = 200;

/** Puts everything that was dropped or picked into the queue, folder by folder. */
export function addAll(roots: readonly (FileSystemEntry | File)[]): void {
  uploads.dismissBefore();
  const groupOf = groupsHere(); // where the person is now, not once the folders have been read
  attempt(async () => {
    await largest.learn();
    let chunk: Picked[] = [];
    try {
      for await (const picked of walk(roots, groupOf)) {
        chunk.push(picked);
        if (chunk.length < CHUNK) continue;
        uploads.add(chunk);
        chunk = [];
      }
    } catch (error) {
      throw asProblem(error);
    } finally {
      uploads.add(chunk);
    }
  });
}

/** Puts one file into the queue as the next version of an asset. */
export function addVersion(file: File, target: Target): void {
  attempt(async () => {
    await largest.learn();
    uploads.add([{ file, path: file.name, group: null, target }]);
  });
}

/** The one file of a drop; null for folders and for many. */
export async function onlyFile(roots: readonly (FileSystemEntry | File)[]): Promise<File | null> {
  const [root, ...more] = roots;
  if (!root || more.length > 0 || (!(root instanceof File) && root.isDirectory)) return null;
  for await (const { file } of walk([root], () => null)) return file;
  return null;
}
