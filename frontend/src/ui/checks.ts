import type { Check } from "../wire/types";

const WHAT: Record<string, string> = {
  size: "size",
  server_crc: "every byte counted as it came in",
  provider_crc: "the store's own checksum",
  promised_crc: "the checksum the sender promised",
  promised_sha256: "the SHA-256 the sender promised",
  read_back: "read back from the store unchanged",
};

/** What was verified, and by whom; never more than the server says. */
export function checked(verified: readonly Check[]): string {
  if (verified.length === 0) return "Nothing yet";
  const text = verified.map(({ what, by }) => `${WHAT[what] ?? what.replace(/_/g, " ")} (${by})`).join(", ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}
