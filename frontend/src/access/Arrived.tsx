import { useEffect } from "react";
import { Invited } from "./Invited";
import type { Arrival } from "./link";
import { NewPassword } from "./NewPassword";

/** What a link asks of somebody before it lets them in. */
export function Arrived({ link }: { link: Arrival }) {
  useEffect(() => {
    document.title = "Asset Ingest";
  }, []);
  return link.kind === "invitation" ? <Invited key={link.token} token={link.token} /> : <NewPassword key={link.token} token={link.token} />;
}
