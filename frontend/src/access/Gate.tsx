import type { ReactNode } from "react";
import { uploads } from "../app/live";
import { Icon, type IconName } from "../ui/Icon";
import { many } from "../ui/words";
import { useStore } from "../wire/store";

/** What stands before the studio: one form, and whatever waits behind it. */
export function Gate({ title, icon = "upload", children }: { title: string; icon?: IconName; children: ReactNode }) {
  return (
    <main className="gate">
      <div className="gate-mark"><Icon name={icon} size={26} /></div>
      <h1>{title}</h1>
      {children}
      <UploadsWait />
    </main>
  );
}

/** A session may end while files are on their way. */
function UploadsWait() {
  const { active, waiting, paused } = useStore(uploads.view);
  const left = active + waiting + paused;
  return <p role="status" data-testid="uploads-wait">{left > 0 && `${many(left, "file")} not sent yet: sending goes on once you have signed in.`}</p>;
}
