import { useState } from "react";
import { useMay } from "../access/may";
import { Confirm } from "../ui/Confirm";
import { Icon } from "../ui/Icon";
import { attempt } from "../ui/toasts";
import { moment } from "../ui/words";
import { patch, post, remove } from "../wire/http";
import type { AssetDetail } from "../wire/types";
import { currentIn, resent } from "./edit";

interface Moving {
  asset: AssetDetail;
  learn: (asset: AssetDetail) => void;
}

/** Makes the version that is looked at the current one again. */
export function RollBack({ asset, to, learn, quiet = false }: Moving & { to: number; quiet?: boolean }) {
  const [asking, setAsking] = useState<AssetDetail | null>(null);
  const [reason, setReason] = useState("");
  const may = useMay("roll_back") && asset.trashed_at === null && to !== asset.current_version;
  if (!may && !asking) return null;
  const act = async () => {
    const base = asking ?? asset;
    const send = (read: AssetDetail) => patch<AssetDetail>(`/assets/${encodeURIComponent(asset.id)}/rollback`, { version: to, reason }, read);
    try {
      learn(await resent(base, send, (now) => now.current_version !== base.current_version));
    } catch (error) {
      const now = currentIn(error);
      if (now) setAsking(now);
      throw error;
    }
  };
  return (
    <>
      <button type="button" className={quiet ? "button quiet" : "button"} onClick={() => setAsking(asset)} data-testid="roll-back" aria-label={`Make current: version ${to}`}>
        <Icon name="back" size={16} /> Make current…
      </button>
      {asking && (
        <Confirm title={`Make version ${to} the current one?`} verb="Make current" look="primary" onClose={() => setAsking(null)} onConfirm={act} testId="roll-back-ask" verbTestId="roll-back-ask-do">
          <p>Version {asking.current_version} is the current one now. It stays, with all that was said of it; links that follow the current version show version {to} from then on.</p>
          <label className="stacked">Why? <span className="muted">(if you like)</span>
            <input className="field" value={reason} maxLength={1000} onChange={(event) => setReason(event.target.value)} autoComplete="off" data-testid="roll-back-reason" />
          </label>
        </Confirm>
      )}
    </>
  );
}

export function Trash({ asset, learn }: Moving) {
  const [asking, setAsking] = useState(false);
  const may = useMay("trash_asset") && asset.trashed_at === null;
  if (!may && !asking) return null;
  return (
    <>
      <button type="button" className="button quiet square" onClick={() => setAsking(true)} aria-label="Move to the trash" title="Move to the trash" data-testid="trash"><Icon name="trash" /></button>
      {asking && (
        <Confirm title="Move it to the trash?" verb="Move to the trash" onClose={() => setAsking(false)} testId="trash-ask" verbTestId="trash-ask-do"
          onConfirm={async () => learn(await remove<AssetDetail>(`/assets/${encodeURIComponent(asset.id)}`))}>
          <p>“{asset.name}” leaves the library, and the links to it end for good. Everything else comes back when it is restored.</p>
        </Confirm>
      )}
    </>
  );
}

/** Says that the asset lies in the trash, and the ways out of there. */
export function InTrash({ asset, learn, onPurged }: Moving & { onPurged: () => void }) {
  const [asking, setAsking] = useState(false);
  const mayRestore = useMay("restore_asset");
  const mayPurge = useMay("purge_asset");
  if (asset.trashed_at === null) return null;
  const path = `/assets/${encodeURIComponent(asset.id)}`;
  return (
    <section className="trashed" role="status" data-testid="in-trash">
      <Icon name="trash" />
      <p><strong>In the trash</strong> since {moment(asset.trashed_at)}. {mayRestore ? "It can be looked at, and changed once it is restored." : "A director, producer or admin can restore it."}</p>
      <div className="trashed-moves">
        {mayRestore && <button type="button" className="button" onClick={() => attempt(async () => learn(await post<AssetDetail>(`${path}/restore`)))} data-testid="restore"><Icon name="back" size={16} /> Restore</button>}
        {mayPurge && <button type="button" className="button danger" onClick={() => setAsking(true)} data-testid="purge">Delete for good…</button>}
      </div>
      {asking && (
        <Confirm title="Delete it for good?" verb="Delete for good" onClose={() => setAsking(false)} testId="purge-ask" verbTestId="purge-ask-do"
          onConfirm={async () => {
            await post(`${path}/purge`);
            onPurged();
          }}>
          <p>“{asset.name}” goes with {asset.latest_version === 1 ? "its version" : `all of its ${asset.latest_version} versions`}, comments and facts. Nobody can bring it back.</p>
        </Confirm>
      )}
    </section>
  );
}
