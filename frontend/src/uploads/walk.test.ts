import { expect, test } from "vitest";
import { isLitter, walk } from "./walk";

function file(path: string): FileSystemEntry {
  const made = new File(["x"], path.split("/").at(-1) ?? "");
  return { isFile: true, fullPath: path, file: (done: (f: File) => void) => done(made) } as unknown as FileSystemEntry;
}

/** A folder whose reader answers two at a time, as browsers answer a hundred. */
function folder(...children: FileSystemEntry[]): FileSystemEntry {
  const left = [...children];
  return {
    isFile: false,
    createReader: () => ({ readEntries: (done: (some: FileSystemEntry[]) => void) => done(left.splice(0, 2)) }),
  } as unknown as FileSystemEntry;
}

async function paths(...roots: (FileSystemEntry | File)[]): Promise<string[]> {
  const found: string[] = [];
  for await (const { path } of walk(roots, () => null)) found.push(path);
  return found;
}

test("folders are walked to the end, in order, with their paths", async () => {
  const tree = folder(file("/a/1"), folder(file("/a/b/2"), file("/a/b/3"), file("/a/b/4")), file("/a/5"));
  expect(await paths(tree, file("/6"))).toEqual(["a/1", "a/b/2", "a/b/3", "a/b/4", "a/5", "6"]);
});

test("plain files pass, and an empty folder is nothing", async () => {
  expect(await paths(new File(["x"], "plain.png"), folder())).toEqual(["plain.png"]);
});

test("only what the operating system leaves is litter", () => {
  expect([".DS_Store", "Thumbs.db", "desktop.ini", "._rock.png"].every(isLitter)).toBe(true);
  expect([".gitignore", "DS_Store", "thumbs.db.png", "_rock.png"].some(isLitter)).toBe(false);
});
