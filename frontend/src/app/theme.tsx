import { useState } from "react";
import { Icon } from "../ui/Icon";

type Theme = "system" | "light" | "dark";
const NEXT: Record<Theme, Theme> = { system: "light", light: "dark", dark: "system" };

function chosen(): Theme {
  const theme = document.documentElement.dataset["theme"];
  return theme === "light" || theme === "dark" ? theme : "system";
}

function choose(theme: Theme): void {
  if (theme === "system") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = theme;
  try {
    localStorage.setItem("theme", theme);
  } catch {
    // storage may be forbidden; the choice then lasts as long as the page
  }
}

export function ThemeToggle() {
  const [theme, setTheme] = useState(chosen);
  const turn = () => {
    choose(NEXT[theme]);
    setTheme(NEXT[theme]);
  };
  const label = `Theme: ${theme}. Change to ${NEXT[theme]}`;
  return (
    <button type="button" className="button quiet square" onClick={turn} aria-label={label} title={label} data-testid="theme-toggle">
      <Icon name={theme === "system" ? "contrast" : theme === "light" ? "sun" : "moon"} />
    </button>
  );
}
