import { label } from "../ui/words";
import { Value } from "./values";

const SOURCES: Record<string, { text: string; title: string }> = {
  header: { text: "header", title: "From the record in the package's header" },
  page: { text: "store page", title: "From its page in the store" },
  user: { text: "person", title: "Entered by a person" },
  file: { text: "file", title: "Read from the file itself" },
};

/** Facts with where each came from. */
export function Facts({ facts, provenance = {} }: { facts: Record<string, unknown>; provenance?: Record<string, string> }) {
  return (
    <dl className="facts">
      {Object.entries(facts).map(([key, value]) => (
        <div key={key} data-fact={key}>
          <dt>{label(key)}<Source from={provenance[key]} /></dt>
          <dd><Value name={key} value={value} /></dd>
        </div>
      ))}
    </dl>
  );
}

function Source({ from }: { from: string | undefined }) {
  if (from === undefined) return null;
  const known = SOURCES[from] ?? { text: from, title: `From ${from}` };
  return <span className={`source from-${from}`} title={known.title}>{known.text}</span>;
}
