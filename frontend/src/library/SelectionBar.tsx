import { useCallback, useEffect, useRef, useState } from "react";
import { useMay } from "../access/may";
import { Confirm } from "../ui/Confirm";
import { Icon } from "../ui/Icon";
import { many, number } from "../ui/words";
import { cardAt, indexOf, type Book } from "./book";
import { doWithMany, type Report } from "./bulk";
import type { ShelfName } from "./place";
import type { Reading } from "./reading";
import { ReportNote } from "./ReportNote";
import { less, NONE, only, type Selection } from "./selection";
import { TagForm } from "./TagForm";
import type { BulkAction } from "./types";

interface Props {
  shelf: ShelfName;
  book: Book;
  reading: Reading;
  selection: Selection;
  onSelect: (change: (held: Selection) => Selection) => void;
}

/** What can be done with what is selected, and how it ended. */
export function SelectionBar({ shelf, book, reading, selection, onSelect }: Props) {
  const count = selection.ids.size;
  const [report, setReport] = useState<Report | null>(null);
  const [asked, setAsked] = useState<BulkAction | null>(null);
  const { run, progress } = useBulk(reading, onSelect, setReport);
  useEffect(() => setAsked(null), [count]);
  useEffect(() => setReport(null), [reading]);
  useEffect(() => {
    // the button that was pressed is gone, and the keys would start again at the top of the page
    const isLost = document.activeElement === document.body || document.activeElement?.id === "main";
    if (report && isLost) document.querySelector<HTMLElement>("[role=gridcell][tabindex='0']")?.focus({ preventScroll: true });
  }, [report]);
  const start = (action: BulkAction, ids: readonly string[], tags: readonly string[] = []) => {
    setAsked(null);
    setReport(null);
    void run(action, ids, tags);
  };
  const ids = [...selection.ids];
  const undo = (done: readonly string[]) => start("restore", done);
  return (
    <div className="selection-dock">
      {report && <ReportNote report={report} nameOf={(id) => nameIn(book, id)} onUndo={undo} onClose={() => setReport(null)} />}
      <div className="sr-only" role="status" data-testid="selection-said">{count > 0 ? `${many(count, "asset")} selected` : ""}</div>
      {(count > 0 || progress) && (
        <div className="selection-bar" role="toolbar" aria-label="With the selected assets" data-testid="selection-bar">
          {progress ? <span role="status">{number(progress.done)} of {number(progress.of)}…</span> : (
            <>
              <span className="selection-count"><strong>{number(count)}</strong> selected</span>
              {asked === "tag" || asked === "untag"
                ? <TagForm action={asked} onTags={(tags) => start(asked, ids, tags)} onClose={() => setAsked(null)} />
                : <Actions shelf={shelf} onAct={(action) => (action === "trash" || action === "restore" ? start(action, ids) : setAsked(action))} />}
              {asked === null && count < book.length && (
                <button type="button" className="button quiet" onClick={() => onSelect(() => only(book.leaves.flatMap((leaf) => leaf.ids)))}>
                  All {number(book.length)} loaded
                </button>
              )}
              <button type="button" className="button quiet square" aria-label="Select none" title="Select none (Escape)" onClick={() => onSelect(() => NONE)}>
                <Icon name="cross" size={16} />
              </button>
            </>
          )}
        </div>
      )}
      {asked === "purge" && (
        <Confirm title={`Delete ${many(count, "asset")} for good?`} verb="Delete for good" onConfirm={async () => start("purge", ids)} onClose={() => setAsked(null)} testId="purge-dialog">
          <p>All of their versions, comments and links go, too. Nobody can bring them back; only the audit trail remembers them.</p>
        </Confirm>
      )}
    </div>
  );
}

function Actions({ shelf, onAct }: { shelf: ShelfName; onAct: (action: BulkAction) => void }) {
  const may = { edit: useMay("edit_asset"), trash: useMay("trash_asset"), restore: useMay("restore_asset"), purge: useMay("purge_asset") };
  if (shelf === "trash") {
    return (
      <>
        {may.restore && <button type="button" className="button" onClick={() => onAct("restore")}><Icon name="back" size={16} /> Restore</button>}
        {may.purge && <button type="button" className="button danger" onClick={() => onAct("purge")}>Delete for good…</button>}
        {!may.restore && !may.purge && <span className="muted small">Directors, producers and admins can restore.</span>}
      </>
    );
  }
  return (
    <>
      {may.edit && <button type="button" className="button" onClick={() => onAct("tag")}>Add tags</button>}
      {may.edit && <button type="button" className="button" onClick={() => onAct("untag")}>Remove tags</button>}
      {may.trash && <button type="button" className="button" onClick={() => onAct("trash")}><Icon name="trash" size={16} /> Move to the trash</button>}
    </>
  );
}

function useBulk(reading: Reading, onSelect: Props["onSelect"], onReport: (report: Report | null) => void) {
  const [progress, setProgress] = useState<{ done: number; of: number } | null>(null);
  const here = useRef(true);
  useEffect(() => {
    here.current = true;
    return () => {
      here.current = false;
    };
  }, []);
  const run = useCallback(async (action: BulkAction, ids: readonly string[], tags: readonly string[]) => {
    setProgress({ done: 0, of: ids.length });
    const report = await doWithMany(action, ids, tags, (done) => here.current && setProgress({ done, of: ids.length }));
    const done = new Set(report.done);
    if (action === "tag" || action === "untag") await reading.refresh(new Set()).catch(() => undefined); // the facts of it read again, too
    else reading.remove(done);
    if (!here.current) return;
    setProgress(null);
    onSelect((held) => less(held, done));
    onReport(report);
  }, [reading, onSelect, onReport]);
  return { run, progress };
}

function nameIn(book: Book, id: string): string {
  const place = indexOf(book, id);
  return (place < 0 ? null : cardAt(book, place)?.name) ?? "An asset";
}
