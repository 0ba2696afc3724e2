import { useState } from "react";
import { Icon, kindIcon } from "../ui/Icon";
import type { AssetDetail, VersionView } from "../wire/types";
import { EntryList } from "./EntryList";
import type { Size } from "./geometry";
import type { Player } from "./player";
import type { Shown } from "./shown";
import { NoPicture, Stage, type Pin } from "./Stage";
import { Transport, type Mark } from "./Transport";
import type { Anchor, Region } from "./types";

export interface ViewerProps {
  asset: AssetDetail;
  version: VersionView;
  shown: Shown;
  player: Player | null;
  pins: readonly Pin[];
  marks: readonly Mark[];
  /** Where comments on entries point, by GUID. */
  entries: ReadonlyMap<string, number>;
  draft: Anchor | null;
  drawing: boolean;
  look: { region: Region } | null;
  entry: string | null;
  onDraw: (region: Region) => void;
  onEntry: ((guid: string) => void) | null;
  onChoose: (id: string) => void;
}

/** The version, as far as a browser can show it without running anything of it. */
export function Viewer(props: ViewerProps) {
  const { asset, version, shown, player, marks, draft, onChoose } = props;
  const transport = player && <Transport player={player} marks={marks} draft={draft?.frames ?? null} onChoose={onChoose} />;
  const name = `Version ${version.number} of ${asset.name}`;
  if (shown.how === "picture") return <Picture {...props} key={shown.url} url={shown.url} why={shown.why} name={name} />;
  if (shown.how === "video" && player) return <Video {...props} url={shown.url} name={name} player={player}>{transport}</Video>;
  if (shown.how === "audio" && player) return <Sound url={shown.url} name={name} player={player}>{transport}</Sound>;
  const isPackage = asset.kind === "unity_package" && version.number === asset.current_version;
  return (
    <>
      <Still {...(shown.how === "still" ? shown : { url: null, why: "" })} kind={asset.kind} name={name} />
      {isPackage && (asset.entry_count ?? 0) > 0 && (
        <EntryList asset={asset} version={version.number} marked={props.entries} focused={props.entry} chosen={draft?.entry?.guid ?? null} onPick={props.onEntry} />
      )}
    </>
  );
}

function Picture({ url, why, name, ...props }: ViewerProps & { url: string; why: string | null; name: string }) {
  const [size, setSize] = useState<Size>({ width: 0, height: 0 });
  const [broken, setBroken] = useState(false);
  if (broken) return <NoPicture><p>This picture cannot be shown: the file may be damaged, or the connection broke.</p><p><button type="button" className="button" onClick={() => setBroken(false)}>Try again</button></p></NoPicture>;
  return (
    <>
      <Stage {...props} picture={size} label={name} draft={props.draft?.region ?? null}>
        <img src={url} alt={name} draggable={false} decoding="async" onError={() => setBroken(true)}
          onLoad={({ currentTarget: { naturalWidth: width, naturalHeight: height } }) => setSize({ width, height })} />
      </Stage>
      {why && <p className="fine-print viewer-why">{why}</p>}
    </>
  );
}

type Playable = { url: string; name: string; player: Player; children: React.ReactNode };

function Video({ url, name, children, ...props }: ViewerProps & Playable) {
  const [size, setSize] = useState<Size>({ width: 0, height: 0 });
  const [broken, setBroken] = useState(false);
  if (broken) return <CannotPlay />;
  return (
    <>
      <Stage {...props} picture={size} label={name} draft={props.draft?.region ?? null}>
        <video ref={props.player.attach} src={url} preload="auto" playsInline aria-label={name} data-testid="video" onError={() => setBroken(true)}
          onClick={() => !props.drawing && props.player.toggle()}
          onLoadedMetadata={({ currentTarget: { videoWidth: width, videoHeight: height } }) => setSize({ width, height })} />
      </Stage>
      {children}
    </>
  );
}

function Sound({ url, name, player, children }: Playable) {
  const [broken, setBroken] = useState(false);
  if (broken) return <CannotPlay />;
  return (
    <>
      <div className="stage stage-sound">
        <Icon name="audio" size={56} />
        <audio ref={player.attach} src={url} preload="auto" aria-label={name} onError={() => setBroken(true)} />
      </div>
      {children}
    </>
  );
}

function CannotPlay() {
  return <NoPicture><p>This browser cannot play the file: it may be in a format that browsers do not know, or damaged.</p><p>Comments can be made on the version as a whole.</p></NoPicture>;
}

function Still({ url, why, kind, name }: { url: string | null; why: string; kind: string; name: string }) {
  const [broken, setBroken] = useState(false);
  return (
    <>
      <div className="stage stage-still">
        {url && !broken
          ? <img src={url} alt={`Preview: ${name}`} decoding="async" onError={() => setBroken(true)} />
          : <span className={`kind-${kind}`}><Icon name={kindIcon(kind)} size={56} /></span>}
      </div>
      {why && <p className="fine-print viewer-why" data-testid="no-preview">{why}</p>}
    </>
  );
}
