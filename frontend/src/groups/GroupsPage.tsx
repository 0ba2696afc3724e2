import { useState } from "react";
import { useFresh } from "../app/news";
import { go, Link } from "../app/router";
import { useTitle } from "../app/title";
import { Empty } from "../ui/Empty";
import { Icon } from "../ui/Icon";
import { usePages } from "../ui/pages";
import { ProblemNote } from "../ui/ProblemNote";
import { Sentinel } from "../ui/Sentinel";
import { attempt } from "../ui/toasts";
import { moment } from "../ui/words";
import { post } from "../wire/http";
import type { Fact, GroupView } from "../wire/types";
import { GroupFigures, GroupState } from "./GroupParts";

const idOf = ({ id }: GroupView) => id;
const ofGroup = ({ data }: Fact) => Boolean(data["group_id"]);

/** All groups, newest first. */
export function GroupsPage() {
  const pages = usePages<GroupView>("/groups?limit=50");
  useFresh(pages, idOf, ofGroup);
  useTitle("Groups");
  return (
    <div className="page">
      <div className="page-top"><h1>Groups</h1><NewGroup /></div>
      <p className="muted">A folder that you drop becomes a group of its name.</p>
      <ul className="groups" aria-label="Groups, newest first">
        {pages.items.map((group) => (
          <li key={group.id} data-testid="group" data-status={group.status}>
            <Icon name="folder" size={20} />
            <div className="group-words">
              <Link href={`/groups/${group.id}`} className="file-name" title={`Since ${moment(group.created_at)}`}>{group.name}</Link>
              <span className="sub"><GroupFigures group={group} /></span>
            </div>
            <div className="group-state"><GroupState group={group} /></div>
          </li>
        ))}
      </ul>
      {pages.problem && <ProblemNote problem={pages.problem} again={pages.again} />}
      {pages.phase === "loading" && pages.items.length === 0 && <p className="muted" role="status">Loading…</p>}
      {pages.phase === "ready" && pages.items.length === 0 && <Empty icon="folder" title="There is no group yet">Drop a folder anywhere, or name a new group.</Empty>}
      <Sentinel onNear={pages.more} turn={pages.items.length} />
    </div>
  );
}

function NewGroup() {
  const [name, setName] = useState("");
  const open = () => attempt(async () => go(`/groups/${(await post<GroupView>("/groups", { name })).id}`));
  return (
    <form className="new-group" onSubmit={(event) => (event.preventDefault(), open())}>
      <input className="field" value={name} onChange={(event) => setName(event.target.value)} required maxLength={200}
        placeholder="Name of a new group" aria-label="Name of a new group" data-testid="group-name" />
      <button type="submit" className="button" disabled={name.trim() === ""}>New group</button>
    </form>
  );
}
