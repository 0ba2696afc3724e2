import { useMemo, useRef, useState } from "react";
import { useMay } from "../access/may";
import { session } from "../access/session";
import { useMembers } from "../people/members";
import { Icon } from "../ui/Icon";
import { useStore } from "../wire/store";
import type { AssetDetail, VersionView } from "../wire/types";
import { Approvals } from "./Approvals";
import { useAsked } from "./asked";
import { AnchorTools } from "./AnchorTools";
import { CommentList } from "./CommentList";
import { Comments } from "./comments";
import { Composer, useDraft } from "./Composer";
import { Keys } from "./Keys";
import { useLiving } from "./living";
import { Player } from "./player";
import { entriesOf, marked, marksOf, pinsOf } from "./pointing";
import { useReviewKeys } from "./keyboard";
import { useRate } from "./rate";
import { shown } from "./shown";
import { threads as threadsOf, type Which } from "./threads";
import { MILLISECONDS } from "./timecode";
import type { Anchor, Region } from "./types";
import { Verdicts } from "./verdicts";
import { Viewer } from "./Viewer";

/** A version, what people say of it, and whether they approve. */
export function Review({ asset, version }: { asset: AssetDetail; version: VersionView }) {
  return <Room key={`${asset.id}/${version.number}`} asset={asset} version={version} />;
}

function Room({ asset, version }: { asset: AssetDetail; version: VersionView }) {
  const key = `${asset.id}/${version.number}`;
  const comments = useLiving(key, () => new Comments(asset.id, version.number));
  const verdicts = useLiving(key, () => new Verdicts(asset.id, version.number));
  const { held } = useStore(comments.said);
  const threads = useMemo(() => threadsOf(held), [held]);
  const numbers = useMemo(() => new Map(threads.map(({ first }, place) => [first.id, place + 1])), [threads]);
  const everybody = useMembers();
  const members = useMemo(() => [...everybody.values()].filter(({ status }) => status === "ACTIVE"), [everybody]);
  const draftKey = `review-draft/${useOwner()}/${key}`;
  const [draft, setDraft] = useDraft(draftKey);
  const [which, setWhich] = useState<Which>("open");
  const [picked, setPicked] = useState<string | null>(null);
  const [look, setLook] = useState<{ region: Region } | null>(null);
  const [entry, setEntry] = useState<string | null>(null);
  const [drawing, setDrawing] = useState(false);
  const [asking, setAsking] = useState(false);
  const box = useRef<HTMLTextAreaElement>(null);
  const view = shown(asset, version);
  const player = usePlayer(asset, version, view.how);
  const closed = Boolean(asset.trashed_at);
  const mayComment = useMay("comment") && !closed;
  const seconds = usePosition(player);

  const point = (anchor: Anchor | null) => setDraft({ ...draft, anchor });
  const show = (anchor: Anchor | null) => {
    if (anchor?.frames && player) player.jump(anchor.frames);
    if (anchor?.region) setLook({ region: anchor.region });
    if (anchor?.entry) setEntry(anchor.entry.guid);
  };
  const choose = (id: string) => {
    const thread = threads.find(({ first }) => first.id === id);
    if (!thread) return;
    if (which !== "all" && (thread.first.resolved_at !== null) !== (which === "resolved")) setWhich("all");
    setPicked(id);
    show(thread.first.anchor);
  };
  const missing = useAsked(comments, choose);
  const onDraw = (region: Region) => {
    setDrawing(false);
    point(player ? { frames: draft.anchor?.frames ?? player.here(), region } : { region });
    box.current?.focus();
  };
  const draw = () => {
    player?.pause();
    setDrawing(!drawing);
  };
  const mark = (end: "in" | "out") => {
    if (player) point({ ...draft.anchor, entry: null, frames: marked(draft.anchor?.frames, player.here(), end) });
  };
  const canDraw = mayComment && (view.how === "picture" || view.how === "video");
  useReviewKeys({
    player, write: mayComment ? () => box.current?.focus() : null, draw: canDraw ? draw : null, mark: mayComment && player ? mark : null,
    stop: drawing ? () => setDrawing(false) : null, ask: () => setAsking(true),
  });
  const send = async (what: { id: string; text: string }) => {
    await comments.say({ ...what, version: version.number, ...(draft.anchor && { anchor: draft.anchor }) });
    setWhich(which === "resolved" ? "open" : which);
  };
  return (
    <div className="review" data-testid="review" data-version={version.number}>
      <section className="review-viewer" aria-label={`Version ${version.number}`}>
        <Viewer asset={asset} version={version} shown={view} player={player} pins={pinsOf(threads, numbers, picked, seconds)}
          marks={marksOf(threads.filter(({ first }) => first.resolved_at === null || first.id === picked), numbers, picked)} entries={entriesOf(threads)}
          draft={draft.anchor} drawing={drawing} look={look} entry={entry} onDraw={onDraw} onEntry={mayComment ? (guid) => point({ entry: { guid } }) : null} onChoose={choose} />
      </section>
      <div className="review-side">
        <Approvals verdicts={verdicts} version={version} closed={closed} />
        <CommentList comments={comments} threads={threads} numbers={numbers} byTime={player !== null} which={which} onWhich={setWhich} picked={picked}
          onChoose={choose} members={members} mayComment={mayComment} draftKey={draftKey}>
          {missing && <p className="fine-print" role="status" data-testid="comment-missing">The comment that you came for is not here any more.</p>}
          {closed && <p className="fine-print">The asset is in the trash: what was said stays, and nothing more is said until it is restored.</p>}
          {mayComment && (
            <Composer draft={draft} onDraft={setDraft} send={send} members={members} label={`Comment on version ${version.number}`} action="Comment" box={box} testId="comment-box">
              <AnchorTools assetId={asset.id} anchor={draft.anchor} player={player} drawing={drawing} onDraw={canDraw ? draw : null} onMark={mark} onShow={show} onDrop={() => point(null)} />
            </Composer>
          )}
        </CommentList>
        <button type="button" className="link quiet keys-link" onClick={() => setAsking(true)}><Icon name="keyboard" size={16} /> Keys</button>
      </div>
      {asking && <Keys onClose={() => setAsking(false)} />}
    </div>
  );
}

function useOwner(): string {
  const state = useStore(session);
  return state.phase === "in" ? `${state.me.studio.id}/${state.me.member.id}` : "";
}

function usePlayer(asset: AssetDetail, version: VersionView, how: string): Player | null {
  const isFilm = how === "video";
  const plays = isFilm || how === "audio";
  const rate = useRate(asset, isFilm ? version.number : asset.current_version);
  const { num, den } = (isFilm ? rate : null) ?? MILLISECONDS;
  return useMemo(() => (plays ? new Player({ num, den }) : null), [plays, num, den]);
}

const STILL = new Player(MILLISECONDS);

function usePosition(player: Player | null): number | null {
  const { time } = useStore((player ?? STILL).state);
  return player ? time : null;
}
