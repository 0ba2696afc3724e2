import { expect, test } from "vitest";
import { Drafts, NOTHING } from "./drafts";

function shelf(held: Record<string, string> = {}) {
  return {
    held,
    getItem: (key: string) => held[key] ?? null,
    setItem: (key: string, value: string) => void (held[key] = value),
    removeItem: (key: string) => void delete held[key],
  };
}

test("a draft comes back, and an empty one leaves nothing behind", () => {
  const one = shelf();
  const drafts = new Drafts(() => one);
  const draft = { text: "a", anchor: { region: { x: 0, y: 0, width: 1, height: 1 } }, id: "1" };
  drafts.keep("k", draft);
  expect(new Drafts(() => one).read("k")).toEqual(draft);
  drafts.keep("k", NOTHING);
  expect(one.held).toEqual({});
});

test("what was not written by us is no draft", () => {
  for (const said of ["", "{", "7", "null", '{"text":7}']) expect(new Drafts(() => shelf({ k: said })).read("k")).toEqual(NOTHING);
  expect(new Drafts(() => shelf({ k: '{"text":"a","anchor":{"frames":{"start":"x"}}}' })).read("k").anchor).toBeNull();
});

test("a browser that forbids to remember loses nothing on screen", () => {
  const forbidden = new Drafts(() => {
    throw new Error("denied");
  });
  forbidden.keep("k", { text: "a", anchor: null, id: null });
  expect(forbidden.read("k")).toEqual(NOTHING);
});
