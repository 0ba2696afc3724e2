import { largest, uploads } from "../app/live";
import { groupsHere } from "../groups/here";
import { asProblem } from "../wire/problem";
import { attempt } from "../ui/toasts";
import { entriesOf, walk, type Picked } from "./walk";

const CHUNK = 200;

/** Puts everything that was dropped or picked into the queue, folder by folder. */
export function addAll(roots: readonly (FileSystemEntry | File)[]): void {
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

export function addDropped(data: DataTransfer): void {
  addAll(entriesOf(data));
}
