import { expect, test } from "vitest";
import { chosen, forgotten, isNews, learned, threads } from "./threads";
import type { Comment } from "./types";

function comment(id: string, thread_id = id, more: Partial<Comment> = {}): Comment {
  return {
    id, thread_id, asset_id: "a", version: 1, text: id, author: { id: "m", name: "M" }, created_at: "", revision: 1, anchor: null, mentions: [],
    edited_at: null, edited_by: null, resolved_at: null, resolved_by: null, deleted_at: null, can: { edit: true, delete: true, resolve: true }, ...more,
  };
}

test("threads and replies stand in the order in which they were said, however they came", () => {
  const held = learned(new Map(), [comment("3", "1"), comment("2"), comment("4", "1"), comment("1")]);
  expect(threads(held).map(({ first, replies }) => [first.id, ...replies.map(({ id }) => id)])).toEqual([["1", "3", "4"], ["2"]]);
});

test("old news do not undo what is held", () => {
  const held = learned(new Map([["1", comment("1", "1", { revision: 3 })]]), [comment("1")]);
  expect(held.get("1")?.revision).toBe(3);
  expect([isNews(held, "1", 3), isNews(held, "1", 4), isNews(held, "2", 1)]).toEqual([false, true, true]);
});

test("the empty place of a deleted comment goes with its last reply", () => {
  let held = learned(new Map(), [comment("1", "1", { deleted_at: "now" }), comment("2", "1"), comment("3", "1")]);
  held = forgotten(held, "2");
  expect([...held.keys()]).toEqual(["1", "3"]);
  expect([...forgotten(held, "3").keys()]).toEqual([]);
  expect(forgotten(held, "9")).toBe(held);
});

test("open and resolved threads make all of them", () => {
  const all = threads(learned(new Map(), [comment("1", "1", { resolved_at: "now" }), comment("2")]));
  expect((["open", "resolved", "all"] as const).map((which) => chosen(all, which).map(({ first }) => first.id))).toEqual([["2"], ["1"], ["1", "2"]]);
});
