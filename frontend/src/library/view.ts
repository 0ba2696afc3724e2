import type { View } from "./rows";

const KEY = "library.view";

/** How shelves were shown last. */
export function rememberedView(): View {
  try {
    return localStorage.getItem(KEY) === "list" ? "list" : "grid";
  } catch {
    return "grid"; // storage may be forbidden
  }
}

export function rememberView(view: View): void {
  try {
    localStorage.setItem(KEY, view);
  } catch {
    // the address still says it
  }
}
