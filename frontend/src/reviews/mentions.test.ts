import { expect, test } from "vitest";
import { asked, decoded, encoded, handle, pieces, suggested } from "./mentions";

const id = (n: number) => `0190a3c2-0000-7000-8000-00000000000${n}`;
const ANN = { id: id(1), name: "Ann" };
const ANNA = { id: id(2), name: "Anna Söder (FX)" };
const TWINS = [{ id: id(3), name: "Kim" }, { id: id(4), name: "Kim" }];
const ALL = [ANN, ANNA, ...TWINS];

test("names become ids and ids names", () => {
  const text = `@Ann, ask @Anna Söder (FX)! mail a@Ann or @Annabel`;
  const kept = `@{${id(1)}}, ask @{${id(2)}}! mail a@Ann or @Annabel`;
  expect(encoded(text, ALL)).toBe(kept);
  expect(decoded(kept, ALL)).toBe(text);
  expect(encoded("nobody", [])).toBe("nobody");
});

test("a name that two people have names neither, so each is meant by id", () => {
  expect(encoded("@Kim", ALL)).toBe("@Kim");
  expect(handle(TWINS[0]!, ALL)).toBe(`@{${id(3)}}`);
  expect(handle(ANNA, ALL)).toBe("@Anna Söder (FX)");
});

test("a text is cut at mentions, and markup is text", () => {
  const text = `<img src=x> @{${id(1)}} and @{${id(9)}}`;
  expect(pieces(text, ALL)).toEqual(["<img src=x> ", ANN, ` and @{${id(9)}}`]);
  expect(pieces("", ALL)).toEqual([]);
});

test("suggestions come behind an at sign only", () => {
  expect(asked("hello @An", 9)).toEqual({ from: 6, begun: "An" });
  expect(asked("mail me a@An", 12)).toBeNull();
  expect(asked("@", 1)).toEqual({ from: 0, begun: "" });
  expect(suggested("söd", ALL).map(({ id }) => id)).toEqual([id(2)]);
  expect(suggested("an", ALL)).toEqual([ANN, ANNA]);
});
