import { expect, test } from "vitest";
import { md5 } from "./md5";

test.each([
  ["", "1B2M2Y8AsgTpgAmY7PhCfg=="],
  ["abc", "kAFQmDzST7DWlj99KOF/cg=="],
])("the digest of %j is that of RFC 1321", async (text, digest) => {
  expect(await md5(new Blob([text]))).toBe(digest);
});

test("a part of many slices has the digest of all its bytes", async () => {
  expect(await md5(new Blob(["a".repeat(1_000_000)]))).toBe("dwfWrk4CfHDuoqk1wilvIQ==");
});
