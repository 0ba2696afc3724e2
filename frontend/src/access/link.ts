/** What a link opens that somebody was sent; its token stands behind the #, which browsers send to nobody. */
export interface Arrival {
  kind: "signin" | "reset" | "invitation";
  token: string;
}

/** The kind and the token of a link, in its fragment alone, or null. */
export function arrivalIn(link: string): Arrival | null {
  const found = /#(signin|reset|invitation)=([^&\s#]+)/.exec(link);
  if (!found?.[1] || !found[2]) return null;
  return { kind: found[1] as Arrival["kind"], token: decoded(found[2]) };
}

function decoded(token: string): string {
  try {
    return decodeURIComponent(token);
  } catch {
    return token; // a lone % is part of the token, and the server judges it
  }
}

/** What a person may paste: the whole link, its fragment, or only the token of a sign-in link. */
export function arrivalFrom(pasted: string): Arrival | null {
  const trimmed = pasted.trim();
  const bare = /^[\w~.+/=-]{16,}$/.test(trimmed) && !trimmed.includes("//");
  return arrivalIn(trimmed) ?? (bare ? { kind: "signin", token: trimmed } : null);
}
