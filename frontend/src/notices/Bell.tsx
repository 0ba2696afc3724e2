import { useCallback, useEffect } from "react";
import { session } from "../access/session";
import { Icon } from "../ui/Icon";
import { Popup } from "../ui/Popup";
import { many } from "../ui/words";
import { useStore } from "../wire/store";
import { Notices } from "./Notices";
import { countAgain, forgetNotices, unread, useNoticeNews } from "./unread";
import { badge } from "./words";

/** How many things one should hear of, and the list of them. */
export function Bell() {
  const state = useStore(session);
  return state.phase === "in" ? <Ringing me={state.me.member.id} /> : null;
}

function Ringing({ me }: { me: string }) {
  const count = useStore(unread);
  // a count that cannot be had now is had with the next fact
  const read = useCallback(() => void countAgain().catch(() => undefined), []);
  useEffect(() => {
    read();
    return forgetNotices;
  }, [read, me]);
  useNoticeNews(me, read);
  const label = count === 0 ? "Notifications" : `Notifications, ${many(count, "unread", "unread")}`;
  const face = <><Icon name="bell" />{count > 0 && <span className="badge" aria-hidden="true" data-testid="unread">{badge(count)}</span>}</>;
  return (
    <Popup label={label} look="button quiet square bell" className="wide" face={face} testId="bell">
      {(close) => <Notices me={me} close={close} />}
    </Popup>
  );
}
