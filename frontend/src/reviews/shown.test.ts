import { expect, test } from "vitest";
import type { AssetDetail, VersionView } from "../wire/types";
import { shown } from "./shown";

function how(content_type: string, more: Partial<AssetDetail> = {}, version: Partial<VersionView> = {}) {
  const asset = { kind: "other", current_version: 1, content_type, thumbnail_url: null, contact_sheet_url: null, ...more } as AssetDetail;
  return shown(asset, { number: 1, size: 10, content_url: "/content", content_type, ...version } as VersionView);
}

test("what is inert is shown, by its content's type", () => {
  expect(how("image/png")).toEqual({ how: "picture", url: "/content", why: null });
  expect([how("video/webm").how, how("audio/wav").how]).toEqual(["video", "audio"]);
});

test("nothing that could run is ever shown from its bytes", () => {
  for (const type of ["image/svg+xml", "text/html", "application/xhtml+xml", "application/pdf", "application/xml", "IMAGE/SVG+XML", ""]) {
    expect(how(type)).toMatchObject({ how: "still", url: null });
  }
});

test("a picture that browsers do not know is shown by our preview, and that is said", () => {
  const found = how("image/tiff", { kind: "photo", thumbnail_url: "/thumb" });
  expect(found).toMatchObject({ how: "picture", url: "/thumb" });
  expect(found.how === "picture" && found.why).toContain("image/tiff");
  expect(how("image/tiff", { kind: "photo", thumbnail_url: "/thumb", current_version: 2 })).toMatchObject({ how: "still", url: null });
});
