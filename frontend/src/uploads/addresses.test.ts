import { expect, test } from "vitest";
import { Problem } from "../wire/problem";
import { addressesIn, importAll, wrongWith, type ImportNeeds } from "./addresses";

const A = "https://files.example/a.zip?token=1";
const B = "https://files.example/b.zip";

function refusing(status: number): Problem {
  return new Problem({ status, code: "invalid_request", detail: "no" });
}

class Server implements ImportNeeds {
  readonly begun: { url: string; group_id?: string }[] = [];
  readonly groups: string[] = [];
  readonly refusals = new Map<string, Problem>();

  async begin(wish: { url: string; group_id?: string }): Promise<void> {
    const refusal = this.refusals.get(wish.url);
    if (refusal) throw refusal;
    this.begun.push(wish);
  }

  async group(name: string): Promise<string> {
    this.groups.push(name);
    return `id of ${name}`;
  }
}

test("addresses stand one per line or with spaces between, and each counts once", () => {
  expect(addressesIn(`  ${A}\n\n${B} ${A}\t`)).toEqual([A, B]);
  expect(addressesIn(" \n ")).toEqual([]);
});

test.each([A, B, "http://files.example", "https://[2001:db8::1]:443/a"])("%s may be an address", (address) => {
  expect(wrongWith(address)).toBeNull();
});

test.each(["files.example/a.zip", "ftp://files.example/a", "javascript:alert(1)", "https://", "https://me:secret@files.example/"])(
  "%s is none",
  (address) => {
    expect(wrongWith(address)?.remedy).toContain("https://");
  },
);

test("each is begun, in order, and in the group that was named", async () => {
  const server = new Server();
  expect(await importAll(server, [A, B], " Props ")).toEqual([]);
  expect(server.groups).toEqual(["Props"]);
  expect(server.begun).toEqual([{ url: A, group_id: "id of Props" }, { url: B, group_id: "id of Props" }]);
});

test("without a name there is no group", async () => {
  const server = new Server();
  await importAll(server, [A], "  ");
  expect(server.groups).toEqual([]);
  expect(server.begun).toEqual([{ url: A }]);
});

test("one that is refused is given back with its reason, and the others go on", async () => {
  const server = new Server();
  server.refusals.set(A, refusing(422));
  const untaken = await importAll(server, ["nonsense", A, B], "");
  expect(untaken.map(({ address, problem }) => [address, problem.message])).toEqual([["nonsense", "this is no plain web address"], [A, "no"]]);
  expect(server.begun).toEqual([{ url: B }]);
});

test.each([0, 401, 409])("a refusal of all (%i) is heard once", async (status) => {
  const server = new Server();
  server.refusals.set(A, refusing(status));
  expect((await importAll(server, [A, B], "")).map(({ address }) => address)).toEqual([A, B]);
  expect(server.begun).toEqual([]);
});

test("nothing is asked where every address is wrong", async () => {
  const server = new Server();
  await importAll(server, ["nonsense"], "Props");
  expect(server.groups).toEqual([]);
});

test("a group that cannot be opened is raised, and nothing is begun", async () => {
  const server = new Server();
  server.group = () => Promise.reject(refusing(422));
  await expect(importAll(server, [A], "Props")).rejects.toThrow("no");
  expect(server.begun).toEqual([]);
});
