import { expect, test } from "vitest";
import { inspect } from "./inspect";

const file = (head: string, name: string) => new File([Uint8Array.from(head, (char) => char.charCodeAt(0)), "rest of it"], name);

test("a file is what its first bytes say", async () => {
  expect(await inspect(file("\x89PNG\r\n\x1a\n", "a.png"))).toEqual({ says: "PNG picture", odd: null });
  expect(await inspect(file("\x00\x00\x00\x20ftypisom", "a.mp4"))).toEqual({ says: "MPEG-4 video", odd: null });
  expect(await inspect(file("\x1f\x8b\x08", "a.unitypackage"))).toMatchObject({ odd: null });
});

test("a name that says another thing is told, and one without an ending or of an unknown kind is not", async () => {
  expect((await inspect(file("PK\x03\x04", "photo.JPG"))).odd).toBe("Named .jpg, but looks like a ZIP archive");
  expect((await inspect(file("PK\x03\x04", "photo"))).odd).toBeNull();
  expect(await inspect(file("what is this?", "a.bin"))).toEqual({ says: "", odd: null });
});

test("a file that cannot be read is said before a byte is sent", async () => {
  const gone = new File(["x"], "gone.bin");
  gone.slice = () => ({ arrayBuffer: () => Promise.reject(new DOMException("gone", "NotFoundError")) }) as unknown as Blob;
  await expect(inspect(gone)).rejects.toMatchObject({ code: "file_unreadable" });
});
