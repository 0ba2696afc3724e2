import type { ReactNode } from "react";
import { Icon, type IconName } from "./Icon";

/** Says that nothing is here, and what would change that. */
export function Empty({ icon, title, as: Title = "p", children }: { icon: IconName; title: string; as?: "p" | "h1"; children?: ReactNode }) {
  return (
    <div className="empty">
      <Icon name={icon} size={32} />
      <Title className="empty-title">{title}</Title>
      {children && <div>{children}</div>}
    </div>
  );
}
