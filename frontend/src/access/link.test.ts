import { expect, test } from "vitest";
import { arrivalFrom, arrivalIn } from "./link";

test("what a link opens is read from its fragment", () => {
  expect(arrivalIn("#signin=abc%2Bd")).toEqual({ kind: "signin", token: "abc+d" });
  expect(arrivalIn("#reset=abc%")).toEqual({ kind: "reset", token: "abc%" });
  expect(arrivalIn("https://assets.example/#invitation=tok")).toEqual({ kind: "invitation", token: "tok" });
});

test.each(["#other=abc", "#signin=", "?signin=abc", "", "#main"])("%s opens nothing", (hash) => {
  expect(arrivalIn(hash)).toBeNull();
});

test("a person may paste the link, its fragment or the token", () => {
  expect(arrivalFrom("  http://127.0.0.1:8000/#signin=tok_en-123 ")).toEqual({ kind: "signin", token: "tok_en-123" });
  expect(arrivalFrom("#invitation=tok")).toEqual({ kind: "invitation", token: "tok" });
  expect(arrivalFrom("Zm9vYmFyYmF6cXV4_-")).toEqual({ kind: "signin", token: "Zm9vYmFyYmF6cXV4_-" });
});

test.each(["http://127.0.0.1:8000/", "hello", ""])("%s is no link of ours", (pasted) => {
  expect(arrivalFrom(pasted)).toBeNull();
});
