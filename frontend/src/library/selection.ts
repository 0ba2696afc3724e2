/** What is selected, by id: it outlives that a list is read anew. `anchor` is where a range begins. */
export interface Selection {
  ids: ReadonlySet<string>;
  anchor: string | null;
}

export const NONE: Selection = { ids: new Set(), anchor: null };

export function toggled({ ids }: Selection, id: string): Selection {
  const now = new Set(ids);
  if (!now.delete(id)) now.add(id);
  return { ids: now, anchor: id };
}

/** With all of a range, which begins at the anchor: the next one begins there, too. */
export function extended({ ids, anchor }: Selection, range: readonly string[]): Selection {
  return { ids: new Set([...ids, ...range]), anchor: anchor ?? range[0] ?? null };
}

export function only(ids: Iterable<string>): Selection {
  return { ids: new Set(ids), anchor: null };
}

export function less({ ids, anchor }: Selection, gone: ReadonlySet<string>): Selection {
  const left = new Set([...ids].filter((id) => !gone.has(id)));
  return left.size === 0 ? NONE : { ids: left, anchor: anchor !== null && gone.has(anchor) ? null : anchor };
}
