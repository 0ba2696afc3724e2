import { checkpoints } from "../app/live";
import { get, post, query } from "../wire/http";
import { heard } from "../wire/plans";
import type { GroupView, Page } from "../wire/types";
import { DroppedGroup, groupsOfDrop } from "./dropped";

const LOOKED_THROUGH = 100;
const PLACE = /^\/groups\/([0-9a-f-]{36})/;

/** The group whose page this is, if it is one. */
export function groupHere(): string | null {
  return PLACE.exec(location.pathname)?.[1] ?? null;
}

/** Where dropped files belong: into the group that is open, else a folder into the group of its name. */
export function groupsHere(): (folder: string) => DroppedGroup | null {
  const here = groupHere();
  return groupsOfDrop(openGroup, here === null ? null : new DroppedGroup("", openGroup, here));
}

/** Goes on with the latest group of this name if it is not complete, or files of it were left when the page ended:
 * who drops a folder again then means the same one. */
async function openGroup(folder: string): Promise<string> {
  const name = folder.normalize("NFC").replace(/[\p{C}\s]+/gu, " ").trim().slice(0, 200) || "Folder";
  const { items } = await heard(get<Page<GroupView>>(`/groups${query({ limit: LOOKED_THROUGH })}`));
  const held = items.find((group) => group.name === name);
  if (held && (held.status !== "COMPLETED" || (await checkpoints.isUnfinished(held.id)))) return held.id;
  return (await heard(post<GroupView>("/groups", { name }))).id;
}
