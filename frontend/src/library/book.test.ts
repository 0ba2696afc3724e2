import { expect, test } from "vitest";
import { appended, cardAt, idAt, idsBetween, indexOf, leafAt, lightened, opened, outdated, reread, without, type Book } from "./book";
import type { Listed } from "./types";

function asset(id: string, over: Partial<Listed> = {}): Listed {
  return {
    id, name: `Asset ${id}`, kind: "photo", created_at: "", updated_at: "", current_version: 1, latest_version: 1, publisher: null, thumbnail_url: null,
    tags: [], created_by: "m", trashed_at: null, ...over,
  };
}

const page = (ids: string, next: string | null = null) => ({ items: ids.split("").map((id) => asset(id)), next_cursor: next });
const book = (...pages: string[]): Book => pages.slice(1).reduce((held, ids, n) => appended(held, page(ids, `after ${n + 1}`)), opened(page(pages[0] ?? "", "after 0")));
const shown = (held: Book) => Array.from({ length: held.length }, (_, n) => idAt(held, n)).join("");

test("places lead across leaves", () => {
  const held = book("abc", "de", "f");
  expect([0, 2, 3, 4, 5].map((n) => leafAt(held, n))).toEqual([0, 0, 1, 1, 2]);
  expect(shown(held)).toBe("abcdef");
  expect(indexOf(held, "e")).toBe(4);
  expect(indexOf(held, "z")).toBe(-1);
  expect(idsBetween(held, 4, 1).join("")).toBe("bcde");
  expect([held.next, held.length]).toEqual(["after 2", 6]);
});

test("a row that moved onto the next page is not shown twice", () => {
  expect(shown(book("abc", "cde"))).toBe("abcde");
});

test("far leaves keep their ids alone", () => {
  const held = lightened(book(..."abcdefghijklmnopqrst".split("")), 15, 15);
  expect(held.leaves.map(({ cards }) => (cards ? "x" : "-")).join("")).toBe("---------xxxxxxxxxxx");
  expect([cardAt(held, 2), shown(held)]).toEqual([null, "abcdefghijklmnopqrst"]);
  expect(lightened(held, 15, 15)).toBe(held);
});

test("what is read again stays in its place, and what is new waits", () => {
  const held = book("abc", "def");
  const again = reread(held, 0, [asset("n"), asset("a", { name: "Other" }), asset("c"), asset("d")]);
  expect(shown(again)).toBe("abcdef");
  expect(cardAt(again, 0)?.name).toBe("Other");
  expect(cardAt(again, 1)?.name).toBe("Asset b");
  expect([...again.fresh]).toEqual(["n"]);
});

test("a first page of which nothing is left is all news, a later one none", () => {
  const held = book("abc", "def");
  expect([...reread(held, 0, [asset("x"), asset("y")]).fresh]).toEqual(["x", "y"]);
  expect([...reread(held, 1, [asset("x")]).fresh]).toEqual([]);
});

test("a leaf comes back by its ids, whoever has left meanwhile", () => {
  const held = outdated(book("abc", "def", "ghi"), new Set(["e"]), 1, 1);
  expect(held.leaves.map(({ cards }) => cards !== null)).toEqual([false, true, false]);
  expect([cardAt(held, 3)?.gone, cardAt(held, 4)?.gone]).toEqual([false, true]);
  const back = reread(held, 2, [asset("g"), asset("i")]);
  expect([cardAt(back, 6)?.name, cardAt(back, 7)?.gone, shown(back)]).toEqual(["Asset g", true, "abcdefghi"]);
});

test("what somebody put away closes its gap", () => {
  const held = without(book("abc", "de", "f"), new Set(["b", "d", "e"]));
  expect([shown(held), held.leaves.length, held.next]).toEqual(["acf", 2, "after 2"]);
  expect(without(book("a"), new Set(["a"])).length).toBe(0);
});
