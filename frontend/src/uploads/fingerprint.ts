import { sha256 } from "./marks";

const ENDS = 64 * 1024;

/** Tells a file again after a reload: its name, size, time and both of its ends, and where it belongs.
 *
 * Null where the browser has no hashes (pages that are neither https nor of this machine): nothing is remembered then.
 */
export async function fingerprint(file: File, owner: string, place: readonly string[] = []): Promise<string | null> {
  if (!globalThis.crypto?.subtle) return null;
  const facts = JSON.stringify([owner, file.name, file.size, file.lastModified, ...place]);
  return sha256(new Blob([facts, file.slice(0, ENDS), file.slice(Math.max(0, file.size - ENDS))]));
}
