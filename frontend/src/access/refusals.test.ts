import { expect, test } from "vitest";
import { Problem } from "../wire/problem";
import { asSaid, tooOften, waiting, whyNoLink, whyNotIn } from "./refusals";

const problem = (status: number, retryAfter: number | null = null) =>
  new Problem({ status, code: "x", detail: "it broke", remedy: "mend it", retryAfter });

test.each([
  [0, "in a second"], [10_000, "in 10 seconds"], [89_001, "in 90 seconds"], [90_000, "in 2 minutes"],
  [900_000, "in 15 minutes"], [7_200_000, "in 2 hours"],
])("%i ms are said as %s", (ms, said) => {
  expect(waiting(ms)).toBe(said);
});

test("a wrong password does not say which of the two is wrong", () => {
  expect(whyNotIn(problem(401)).what).toBe("The e-mail address or the password is wrong.");
});

test("too many tries say when to come back", () => {
  expect(whyNotIn(problem(429, 900_000)).remedy).toBe("Try again in 15 minutes.");
  expect(tooOften(problem(429))?.remedy).toBe("Try again a little later.");
  expect(tooOften(problem(401))).toBeNull();
});

test("a link that is spent is told apart from a server that fails", () => {
  expect(whyNoLink(problem(401)).what).toContain("used already");
  expect(whyNoLink(problem(500))).toEqual({ what: "It broke.", remedy: "Mend it." });
});

test("everything else is said as the server says it", () => {
  expect(asSaid(problem(409))).toEqual({ what: "It broke.", remedy: "Mend it." });
});
