import { useCallback, useState } from "react";
import { useMay } from "../access/may";
import { useFresh } from "../app/news";
import { useNames } from "../people/members";
import { Choice } from "../ui/Choice";
import { Empty } from "../ui/Empty";
import { Icon } from "../ui/Icon";
import { usePages } from "../ui/pages";
import { ProblemNote } from "../ui/ProblemNote";
import { Sentinel } from "../ui/Sentinel";
import { moment } from "../ui/words";
import { API, query } from "../wire/http";
import type { Fact } from "../wire/types";
import { actorName, done, GROUPS } from "./audit";
import type { AuditRow } from "./types";

const PAGE = 50;

const seqOf = ({ seq }: AuditRow) => String(seq);

/** Who did what with an asset, the newest first; from where is said to those who may read the studio's trail. */
export function AuditTrail({ id }: { id: string }) {
  const [kind, setKind] = useState("");
  const path = `/assets/${encodeURIComponent(id)}/audit`;
  const pages = usePages<AuditRow>(`${path}${query({ limit: PAGE, type: kind })}`);
  const mayRead = useMay("read_audit");
  const nameOf = useNames();
  useFresh(pages, seqOf, useCallback(({ subject }: Fact) => subject.id === id, [id]));
  return (
    <section className="block" aria-labelledby="audit">
      <div className="block-top">
        <h2 id="audit">Audit trail</h2>
        {mayRead && (
          <p className="asset-moves">
            {(["csv", "ndjson"] as const).map((format) => (
              <a key={format} className="button" href={`${API}${path}${query({ format, type: kind })}`} download data-testid={`audit-${format}`}>
                <Icon name="download" size={16} /> {format.toUpperCase()}
              </a>
            ))}
          </p>
        )}
      </div>
      <Choice label="Filter by what was done" options={GROUPS} value={kind} onChoose={setKind} />
      {!mayRead && <p className="muted">From which address something was done is shown to producers and admins; they can export the trail, too.</p>}
      <ol className="trail" data-testid="trail">
        {pages.items.map((row) => (
          <li key={row.seq} data-testid="trail-row" data-type={row.type}>
            <span><strong>{actorName(row.actor, nameOf)}</strong> {done(row)}</span>
            <span className="sub">
              <time dateTime={row.at}>{moment(row.at)}</time>
              {row.remote && <span title={row.agent ?? undefined}>from {row.remote}{row.agent && `, ${program(row.agent)}`}</span>}
            </span>
          </li>
        ))}
      </ol>
      {pages.problem && <ProblemNote problem={pages.problem} again={pages.again} />}
      {pages.phase === "loading" && pages.items.length === 0 && <p className="muted" role="status">Loading…</p>}
      {pages.phase === "ready" && pages.items.length === 0 && <Empty icon="search" title="Nothing of that kind was done" />}
      <Sentinel onNear={pages.more} turn={pages.items.length} />
    </section>
  );
}

/** The program's own name, of all that it says of itself. */
function program(agent: string): string {
  return /(Firefox|Edg|Chrome|Safari)\//.exec(agent)?.[1]?.replace("Edg", "Edge") ?? agent.split(/[\s/]/, 1)[0] ?? agent;
}
