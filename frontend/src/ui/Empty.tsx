import type { ReactNode } from "react";
import { Icon, type IconName } from "./Icon";

/** Says that nothing is here, and what would change that. */
export function Empty({ icon, title, children }: { icon: IconName; title: string; children?: ReactNode }) {
  return (
    <div className="empty">
      <Icon name={icon} size={32} />
      <p className="empty-title">{title}</p>
      {children && <div className="empty-more">{children}</div>}
    </div>
  );
}
