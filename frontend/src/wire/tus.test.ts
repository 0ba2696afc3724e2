import { expect, test } from "vitest";
import { Broken, type Answer, type Ask } from "./exchange";
import { credentials } from "./http";
import { sha256 } from "./sha256";
import { Tus } from "./tus";

function answering(status: number, headers: Record<string, string> = {}, body = "") {
  const asked: Ask[] = [];
  const answer: Answer = { status, header: (name) => headers[name] ?? null, body };
  return { asked, tus: new Tus(async (ask) => (asked.push(ask), answer)) };
}

const nothing = () => undefined;
const running = new AbortController().signal;

test("bytes go to their offset, and the answer says where the upload stands", async () => {
  const { asked, tus } = answering(204, { "Upload-Offset": "12", "Upload-Expires": "Sun, 22 Nov 2026 06:12:29 GMT" });
  const standing = await tus.append("/f", 5, new Blob(["1234567"]), nothing, running);
  expect(standing).toEqual({ offset: 12, size: null, expires: Date.UTC(2026, 10, 22, 6, 12, 29) });
  expect(asked[0]?.headers).toMatchObject({ "Upload-Offset": "5", "Content-Type": "application/offset+octet-stream" });
});

test("bytes go with their SHA-256 where the page has one", async () => {
  const { asked, tus } = answering(204, { "Upload-Offset": "3" });
  const body = new Blob(["abc"]);
  await tus.append("/f", 0, body, nothing, running, await sha256(body));
  await tus.append("/f", 0, body, nothing, running);
  expect(asked[0]?.headers["Upload-Checksum"]).toBe("sha256 ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
  expect(asked[1]?.headers).not.toHaveProperty("Upload-Checksum");
});

test("an answer that says no offset is somebody else's", async () => {
  for (const offset of ["", "-1", "1e3", "NaN"]) {
    await expect(answering(200, { "Upload-Offset": offset }).tus.look("/f")).rejects.toBeInstanceOf(Broken);
  }
});

test("a refusal is a problem with what the server says, and how long it wants to be left alone", async () => {
  const body = '{"code": "offset_mismatch", "detail": "the upload is at byte 3"}';
  await expect(answering(409, {}, body).tus.append("/f", 5, new Blob(), nothing, running)).rejects.toMatchObject({ status: 409, code: "offset_mismatch" });
  await expect(answering(423, { "Retry-After": "2" }).tus.look("/f")).rejects.toMatchObject({ status: 423, retryAfter: 2000 });
  await expect(answering(502, {}, "<html>").tus.look("/f")).rejects.toMatchObject({ status: 502, retryAfter: null });
});

test("a sign-out is told to the session", async () => {
  let told = 0;
  credentials.onSignedOut = () => (told += 1);
  await expect(answering(401).tus.look("/f")).rejects.toMatchObject({ status: 401 });
  expect(told).toBe(1);
});

test("a request that goes out while somebody signs in anew has the cookie of one session and the token of another: it is sent again", async () => {
  credentials.csrf = "old";
  const answer: Answer = { status: 403, header: () => null, body: "" };
  const tus = new Tus(async () => ((credentials.csrf = "new"), answer));
  await expect(tus.look("/f")).rejects.toBeInstanceOf(Broken);
  await expect(tus.look("/f")).rejects.toMatchObject({ status: 403 });
});

test("ending what is gone has succeeded", async () => {
  await answering(204).tus.end("/f");
  await answering(410).tus.end("/f");
  await answering(404).tus.end("/f");
  await expect(answering(403).tus.end("/f")).rejects.toMatchObject({ status: 403 });
});

test("the largest file is asked for, and may be unknown", async () => {
  expect(await answering(204, { "Tus-Max-Size": "1099511627776" }).tus.largest()).toBe(2 ** 40);
  expect(await answering(204).tus.largest()).toBeNull();
});
