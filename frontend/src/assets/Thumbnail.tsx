import { useState } from "react";
import { Icon, kindIcon } from "../ui/Icon";

/** The picture of an asset, or the sign of its kind when there is none or it cannot be had. */
export function Thumbnail({ url, kind, size = 40 }: { url: string | null; kind: string; size?: number }) {
  const [broken, setBroken] = useState<string | null>(null);
  if (url === null || broken === url) {
    return <span className={`thumb kind-${kind}`}><Icon name={kindIcon(kind)} size={size} /></span>;
  }
  return <span className="thumb"><img src={url} alt="" loading="lazy" decoding="async" onError={() => setBroken(url)} /></span>;
}
