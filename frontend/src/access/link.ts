/** The token in a sign-in link, in its fragment alone, or null. */
export function tokenIn(link: string): string | null {
  const found = /#signin=([^&\s#]+)/.exec(link);
  if (!found?.[1]) return null;
  try {
    return decodeURIComponent(found[1]);
  } catch {
    return found[1]; // a lone % is part of the token, and the server judges it
  }
}

/** What a person may paste: the whole link, its fragment, or only the token. */
export function tokenFrom(pasted: string): string | null {
  const trimmed = pasted.trim();
  return tokenIn(trimmed) ?? (/^[\w~.+/=-]{16,}$/.test(trimmed) && !trimmed.includes("//") ? trimmed : null);
}
