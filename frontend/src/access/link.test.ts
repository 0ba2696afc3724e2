import { expect, test } from "vitest";
import { tokenFrom, tokenIn } from "./link";

test("the token is read from the fragment", () => {
  expect(tokenIn("#signin=abc%2Bd")).toBe("abc+d");
  expect(tokenIn("#other")).toBeNull();
  expect(tokenIn("")).toBeNull();
});

test("a person may paste the link, its fragment or the token", () => {
  expect(tokenFrom("  http://127.0.0.1:8000/#signin=tok_en-123 ")).toBe("tok_en-123");
  expect(tokenFrom("#signin=tok")).toBe("tok");
  expect(tokenFrom("Zm9vYmFyYmF6cXV4_-")).toBe("Zm9vYmFyYmF6cXV4_-");
});

test("anything else is no token", () => {
  expect(tokenFrom("http://127.0.0.1:8000/")).toBeNull();
  expect(tokenFrom("hello")).toBeNull();
  expect(tokenFrom("")).toBeNull();
});
