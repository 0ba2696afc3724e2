import { useEffect, useState } from "react";
import { plans, uploads } from "../app/live";
import { many, number } from "../ui/words";
import { FAILED, MISSING, SENDING, STORED, type PartsView } from "../uploads/grid";
import type { Upload } from "../uploads/upload";
import { useStore } from "../wire/store";
import type { Row } from "./jobs";

const CELLS = 400; // more are drawn together: nobody counts ten thousand squares
const NAMED = 8;
const TOGETHER_MS = 800;
const TONES = { [MISSING]: "missing", [SENDING]: "sending", [STORED]: "stored", [FAILED]: "failed" } as Record<number, string>;

/** The parts of a file on its way: as this window sends them, else as the server has them, live. */
export function PartGrid({ job }: { job: Row }) {
  const mine = useStore(uploads.view).rows.find(({ ticket }) => ticket?.jobId === job.id);
  const wanted = job.status === "PENDING" || job.status === "UPLOADING";
  const held = useStoredParts(wanted && !mine?.parts ? job.upload_id : null, `${job.progress} ${job.status}`);
  const parts = mine?.parts ?? held;
  if (!wanted || !parts || parts.states.length === 0) return null;
  return (
    <section className="parts" aria-label="Parts" data-testid="parts">
      <div className="parts-line"><h3>Parts</h3><span className="muted">{summary(parts)}</span></div>
      <div className="parts-grid" role="img" aria-label={summary(parts)}>
        {cells(parts.states).map(({ first, last, state }) => (
          <span key={first} title={first === last ? `Part ${first}` : `Parts ${first} to ${last}`} data-state={TONES[state]} />
        ))}
      </div>
      {mine && <Failed upload={mine} states={parts.states} />}
    </section>
  );
}

function Failed({ upload, states }: { upload: Upload; states: Uint8Array }) {
  const failed = [...states].flatMap((state, index) => (state === FAILED ? [index + 1] : []));
  if (failed.length === 0) return null;
  return (
    <div className="parts-failed">
      {failed.slice(0, NAMED).map((part) => (
        <button key={part} type="button" className="button" onClick={() => uploads.retryPart(upload.key, part)} data-testid="part-retry">
          Retry part {part}
        </button>
      ))}
      {failed.length > NAMED && <span className="muted">and {many(failed.length - NAMED, "more part")}</span>}
    </div>
  );
}

function summary({ states }: PartsView): string {
  const count = (state: number) => states.reduce((sum, each) => sum + Number(each === state), 0);
  const said = [`${number(count(STORED))} of ${many(states.length, "part")} stored`];
  if (count(SENDING) > 0) said.push(`${number(count(SENDING))} on ${count(SENDING) === 1 ? "its" : "their"} way`);
  if (count(FAILED) > 0) said.push(`${number(count(FAILED))} failed`);
  return said.join(" · ");
}

/** Neighbours together where there are many; what is worst of them is shown. */
function cells(states: Uint8Array): { first: number; last: number; state: number }[] {
  const together = Math.ceil(states.length / CELLS);
  return Array.from({ length: Math.ceil(states.length / together) }, (_, cell) => {
    const some = states.subarray(cell * together, (cell + 1) * together);
    const state = [FAILED, SENDING, MISSING].find((each) => some.includes(each)) ?? STORED;
    return { first: cell * together + 1, last: cell * together + some.length, state };
  });
}

/** Read again when the job's progress moves, which the live connection tells. */
function useStoredParts(uploadId: string | null, edition: string): PartsView | null {
  const [parts, setParts] = useState<PartsView | null>(null);
  useEffect(() => {
    if (uploadId === null) return undefined;
    const stopped = new AbortController();
    const read = async () => {
      const found = await plans.parts(uploadId, stopped.signal).catch(() => null); // the next progress asks again
      if (found) setParts({ size: found[0]?.size ?? 0, states: Uint8Array.from(found, ({ status }) => (status === "UPLOADED" ? STORED : MISSING)) });
    };
    const timer = window.setTimeout(() => void read(), TOGETHER_MS);
    return () => {
      window.clearTimeout(timer);
      stopped.abort();
    };
  }, [uploadId, edition]);
  return parts;
}
