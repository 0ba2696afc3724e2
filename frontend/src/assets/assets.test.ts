import { expect, test } from "vitest";
import type { AssetDetail } from "../wire/types";
import { actorName, done } from "./audit";
import { firstPair } from "./Compare";
import { clashes } from "./edit";
import { changed, fieldsOf, mistakes, read, written } from "./fields";
import { factsAt } from "./factsAt";
import { assetHref, placeIn } from "./place";
import { next } from "./Tabs";
import type { Comparison } from "./types";

const asset = (over: Partial<AssetDetail>) => ({ name: "Tree", tags: ["green"], custom: { cut: 1 }, metadata: {}, provenance: {}, ...over }) as AssetDetail;

test("an address says which version and which part; nonsense is the current one and the first", () => {
  expect(placeIn(new URLSearchParams("v=3&tab=audit"))).toEqual({ version: 3, tab: "audit" });
  for (const odd of ["", "v=0&tab=x", "v=-1", "v=1e3", "v=9999999999"]) expect(placeIn(new URLSearchParams(odd))).toEqual({ version: null, tab: "review" });
  expect(assetHref("a", { version: 3, tab: "audit" })).toBe("/assets/a?v=3&tab=audit");
  expect(assetHref("a", { version: null, tab: "review" })).toBe("/assets/a");
});

test("the arrows go around the tabs, Home and End to their ends, other keys nowhere", () => {
  expect([next("audit", "ArrowRight"), next("review", "ArrowLeft"), next("versions", "Home"), next("versions", "End"), next("versions", "x")])
    .toEqual(["review", "audit", "review", "audit", null]);
});

test("who changes the same thing clashes, who changes another does not", () => {
  const base = asset({});
  expect(clashes({ name: "Oak" }, base, asset({ name: "Elm" }))).toBe(true);
  expect(clashes({ name: "Oak" }, base, asset({ name: "Oak" }))).toBe(false);
  expect(clashes({ name: "Oak" }, base, asset({ tags: [] }))).toBe(false);
  expect(clashes({ custom: { cut: 2 } }, base, asset({ custom: { cut: 3 } }))).toBe(true);
  expect(clashes({ custom: { cut: 2 } }, base, asset({ custom: { cut: 1, vendor: "x" } }))).toBe(false);
  expect(clashes({ custom: { cut: null } }, base, asset({ custom: {} }))).toBe(false);
});

test("a value is typed and read as what it is", () => {
  for (const value of ["tree", "12", "true", "01", "", "[x", "1 tree", '"x"', 12, -1.5, true, ["a"], { deep: [1] }]) expect(read(written(value))).toEqual(value);
  expect([read("12"), read("01"), read("1e3x"), read("Tree")]).toEqual([12, "01", "1e3x", "Tree"]);
});

test("each row says what is wrong with it", () => {
  const wrong = mistakes([{ key: "a", text: "1" }, { key: " a ", text: "" }, { key: "", text: "x" }, { key: "b", text: "{x" }, { key: "c", text: "null" }, { key: "k".repeat(65), text: "" }]);
  expect([...wrong.keys()]).toEqual([1, 2, 3, 4, 5]);
  expect(mistakes(fieldsOf({ a: 1, b: "{" }))).toEqual(new Map());
});

test("a form sends what differs, and null for what was taken out", () => {
  const held = { cut: 1, vendor: "x", note: "old" };
  expect(changed(held, [{ key: "cut", text: "1" }, { key: "note", text: "new" }, { key: "shot ", text: "7" }])).toEqual({ vendor: null, note: "new", shot: 7 });
  expect(changed(held, fieldsOf(held))).toEqual({});
});

test("the facts of an older version are the current ones with what differs, and whence is known only of what does not", () => {
  const held = asset({ metadata: { title: "Tree", unity: "2022", added: 1 }, provenance: { title: "header", unity: "header" } });
  const compared = { facts: [{ field: "unity", a: "2021", b: "2022" }, { field: "added", a: null, b: 1 }, { field: "size", a: 1, b: 2 }] } as Comparison;
  expect(factsAt(held, compared)).toEqual({ facts: { title: "Tree", unity: "2021" }, provenance: { title: "header" } });
  expect(factsAt(held, null).facts).toEqual(held.metadata);
});

test("the trail is said in words, and what is not known by its own name", () => {
  expect(done({ type: "version.created", data: { number: 2, change_note: "red" } })).toBe("added version 2: “red”");
  expect(done({ type: "asset.updated", data: { fields: ["name", "tags", "custom"] } })).toBe("changed name, tags and custom fields");
  expect(done({ type: "render.finished", data: {} })).toBe("render finished");
  expect([actorName("member:1", () => "Ann"), actorName("share:1", () => ""), actorName("server", () => "")]).toEqual(["Ann", "Somebody outside", "The server"]);
});

test("one compares with the version before", () => {
  expect([firstPair(3, 5), firstPair(1, 5), firstPair(5, 5)]).toEqual([[2, 3], [1, 2], [4, 5]]);
});
