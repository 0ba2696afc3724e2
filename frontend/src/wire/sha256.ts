/** The SHA-256 of these bytes, made off the main thread.
 *
 * Null where the browser has no hashes: on pages that are neither https nor of this machine.
 */
export async function sha256(blob: Blob): Promise<Uint8Array<ArrayBuffer> | null> {
  if (!globalThis.crypto?.subtle) return null;
  return new Uint8Array(await crypto.subtle.digest("SHA-256", await blob.arrayBuffer()));
}

export function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function base64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}
