import { expect, test } from "vitest";
import { news, together } from "./words";

const people = ["Ann", "Ben", "Cid", "Dee", "Eve"].map((name) => ({ id: name, name }));

test("people are named as one would say it", () => {
  expect(together([])).toBe("");
  expect(together(people.slice(0, 1))).toBe("Ann");
  expect(together(people.slice(0, 2))).toBe("Ann and Ben");
  expect(together(people.slice(0, 3))).toBe("Ann, Ben and Cid");
  expect(together(people)).toBe("Ann, Ben and 3 others");
});

test("only what changed is said", () => {
  expect(news([], people.slice(0, 1))).toBe("Ann is looking at this too.");
  expect(news(people.slice(0, 1), people.slice(1, 3))).toBe("Ben and Cid are looking at this too. Ann left.");
  expect(news(people, people)).toBe("");
});
