import type { Row } from "../jobs/jobs";
import type { Upload } from "./queue";

/** Leaves out the server's rows of files that still have a local row.
 *
 * A job exists from the first byte but its id is known here only with the answer, so until then name and time of arrival
 * have to tell: for each upload on its way, the newest job of that name that appeared after it had started.
 */
export function withoutTwins(rows: readonly Row[], uploads: readonly Upload[]): readonly Row[] {
  const sending = new Map<string, { count: number; since: number }>();
  for (const { file, phase, startedAt } of uploads) {
    if (phase !== "sending" && phase !== "finishing") continue;
    const known = sending.get(file.name);
    sending.set(file.name, { count: (known?.count ?? 0) + 1, since: Math.min(known?.since ?? startedAt, startedAt) });
  }
  if (sending.size === 0) return rows;
  return rows.filter((row) => {
    const upload = sending.get(row.original_filename);
    if (!upload || upload.count === 0 || row.arrivedAt === null || row.arrivedAt < upload.since) return true;
    upload.count -= 1;
    return false;
  });
}
