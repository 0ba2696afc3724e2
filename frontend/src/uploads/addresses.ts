import { asProblem, Problem } from "../wire/problem";

/** An address that was not taken, with the server's reason or ours. */
export interface Untaken {
  address: string;
  problem: Problem;
}

/** What one file of a list needs to be fetched. */
export interface ImportNeeds {
  /** Has the server fetch it; resolves once it has begun. */
  begin(wish: { url: string; group_id?: string }): Promise<unknown>;
  /** Opens a group and returns its id. */
  group(name: string): Promise<string>;
}

/** The addresses in a text, one per line or with spaces between; each once. */
export function addressesIn(text: string): string[] {
  return [...new Set(text.split(/\s+/).filter((part) => part !== ""))];
}

/** What is wrong with an address, said before the server is asked; null if it may be one. */
export function wrongWith(address: string): Problem | null {
  let parsed: URL | null = null;
  try {
    parsed = new URL(address);
  } catch {
    // said below
  }
  if (parsed && /^https?:$/.test(parsed.protocol) && parsed.username === "" && parsed.password === "") return null;
  return new Problem({
    status: 422, code: "invalid_request", detail: "this is no plain web address",
    remedy: "Give an address that begins with https:// or http://, without user and password.",
  });
}

/** Has them fetched, one after the other, and returns those that were not taken: they can be mended and sent again. */
export async function importAll(needs: ImportNeeds, addresses: readonly string[], groupName: string): Promise<Untaken[]> {
  const untaken: Untaken[] = [];
  const sound = addresses.filter((address) => {
    const problem = wrongWith(address);
    if (problem) untaken.push({ address, problem });
    return problem === null;
  });
  if (sound.length === 0) return untaken;
  const name = groupName.trim();
  const group = name === "" ? {} : { group_id: await needs.group(name) };
  for (const [place, url] of sound.entries()) {
    try {
      await needs.begin({ url, ...group });
    } catch (error) {
      const problem = asProblem(error);
      const all = problem.status === 0 || problem.status === 401 || problem.status === 409; // the others would hear the same
      for (const address of all ? sound.slice(place) : [url]) untaken.push({ address, problem });
      if (all) break;
    }
  }
  return untaken;
}
