import { useEffect, useRef, useState, type FormEvent } from "react";
import { useRested } from "../ui/now";
import { tagsIn } from "./bulk";
import { useTags } from "./names";

const REST_MS = 200;

export function TagForm({ action, onTags, onClose }: { action: "tag" | "untag"; onTags: (tags: readonly string[]) => void; onClose: () => void }) {
  const [text, setText] = useState("");
  const field = useRef<HTMLInputElement>(null);
  const tags = useTags(useRested(text.trim().toLowerCase(), REST_MS));
  useEffect(() => field.current?.focus(), []);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const said = tagsIn(text);
    if (said.length > 0) onTags(said);
  };
  const label = action === "tag" ? "Tags to add, with commas between" : "Tags to remove, with commas between";
  return (
    <form className="tag-form" onSubmit={submit} onKeyDown={({ key }) => key === "Escape" && onClose()}>
      <input ref={field} className="field" list="bulk-tags" value={text} onChange={({ target }) => setText(target.value)} aria-label={label} placeholder={label}
        autoComplete="off" spellCheck={false} data-testid="bulk-tags" />
      <datalist id="bulk-tags">{tags.map(({ tag }) => <option key={tag} value={tag} />)}</datalist>
      <button type="submit" className="button primary">{action === "tag" ? "Add" : "Remove"}</button>
      <button type="button" className="button quiet" onClick={onClose}>Cancel</button>
    </form>
  );
}
