import { useState } from "react";
import { Icon } from "../ui/Icon";
import { label, many, sentence } from "../ui/words";
import type { Finding } from "../wire/types";

const FEW = 8;

/** What was odd in the package, by sort, in the server's own sentences. */
export function Findings({ findings, total }: { findings: readonly Finding[]; total: number }) {
  const sorts = Map.groupBy(findings, ({ code }) => code);
  return (
    <section className="block" aria-labelledby="findings">
      <h2 id="findings">{many(total, "finding")}</h2>
      <p className="muted">Odd things in this package. None of them stopped it; entries that could do harm were left out or marked.</p>
      {[...sorts].map(([code, some]) => <Sort key={code} code={code} findings={some} />)}
      {total > findings.length && <p className="fine-print">The first {findings.length} are shown.</p>}
    </section>
  );
}

function Sort({ code, findings }: { code: string; findings: readonly Finding[] }) {
  const [all, setAll] = useState(false);
  return (
    <details className="finding-sort" data-testid="finding-sort" data-code={code}>
      <summary><Icon name="warning" size={16} /> {label(code)} <span className="count">{findings.length}</span></summary>
      <ul>
        {(all ? findings : findings.slice(0, FEW)).map((finding, n) => (
          <li key={n}>
            {sentence(finding.detail)}
            {(finding.path ?? finding.guid) && <code className="small break">{finding.path ?? finding.guid}</code>}
          </li>
        ))}
      </ul>
      {!all && findings.length > FEW && <button type="button" className="button quiet" onClick={() => setAll(true)}>Show all {findings.length}</button>}
    </details>
  );
}
