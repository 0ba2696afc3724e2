import type { Row } from "../jobs/jobs";
import type { Upload } from "./upload";

/** Leaves out the server's rows of files that still have a local row.
 *
 * An upload in many requests knows its job. A single request learns it only with the answer, so until then name and time
 * of arrival have to tell: for each one on its way, the newest job of that name that appeared after it had started.
 */
export function withoutTwins(rows: readonly Row[], uploads: readonly Upload[]): readonly Row[] {
  if (uploads.length === 0) return rows;
  const known = new Set(uploads.map(({ ticket }) => ticket?.jobId));
  const nameless = byName(uploads);
  return rows.filter((row) => {
    if (known.has(row.id)) return false;
    const upload = nameless.get(row.original_filename);
    if (!upload || upload.count === 0 || row.arrivedAt === null || row.arrivedAt < upload.since) return true;
    upload.count -= 1;
    return false;
  });
}

function byName(uploads: readonly Upload[]): Map<string, { count: number; since: number }> {
  const sending = new Map<string, { count: number; since: number }>();
  for (const { file, phase, startedAt, ticket } of uploads) {
    if (ticket || (phase !== "sending" && phase !== "finishing")) continue;
    const held = sending.get(file.name);
    sending.set(file.name, { count: (held?.count ?? 0) + 1, since: Math.min(held?.since ?? startedAt, startedAt) });
  }
  return sending;
}
