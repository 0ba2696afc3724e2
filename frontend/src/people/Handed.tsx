import { Copyable } from "../ui/Copyable";
import { Icon } from "../ui/Icon";
import type { Delivery } from "./types";
import { handing, whole } from "./words";

/** A link that somebody was made, and who takes it there: the mail, or the admin. */
export function Handed({ delivery, email, close }: { delivery: Delivery; email: string; close: () => void }) {
  return (
    <div className={delivery.problem === null ? "handed" : "handed warn"} role="status" data-testid="handed">
      <p>{handing(delivery, email)}</p>
      <button type="button" className="button quiet square" aria-label="Close" onClick={close}><Icon name="cross" size={16} /></button>
      {delivery.link !== null && <Copyable label={`Link for ${email}`} text={whole(delivery.link, location.origin)} testId="handed-link" />}
    </div>
  );
}
