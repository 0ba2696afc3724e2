import { checked } from "../ui/checks";
import { Icon } from "../ui/Icon";
import { bytes, moment } from "../ui/words";
import type { AssetVersion } from "../wire/types";

export function Versions({ versions, current }: { versions: readonly AssetVersion[]; current: number }) {
  return (
    <section className="block" aria-labelledby="versions">
      <h2 id="versions">Versions</h2>
      <ul className="versions">
        {versions.map((version) => (
          <li key={version.number}>
            <span className="version-number">v{version.number}{version.number === current && <span className="chip good">Current</span>}</span>
            <span className="version-file">
              <span className="file-name">{version.filename}</span>
              <span className="sub"><span>{bytes(version.size)}</span><time dateTime={version.created_at}>{moment(version.created_at)}</time></span>
              <code className="small break" title="SHA-256">{version.sha256}</code>
              {version.verified.length > 0 && <span className="sub">Checked: {checked(version.verified)}</span>}
            </span>
            <a className="button" href={version.content_url} download data-testid="download" aria-label={`Download version ${version.number}`}>
              <Icon name="download" size={16} /> Download
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}
