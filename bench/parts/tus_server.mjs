// @tus/server with its file store as its README shows it. SYNC=1: the file is on the disk before its last answer.
import { open } from "node:fs/promises";
import { FileStore } from "@tus/file-store";
import { Server } from "@tus/server";

async function sync(_request, upload) {
  const file = await open(upload.storage.path, "r+");
  try {
    await file.datasync();
  } finally {
    await file.close();
  }
  return {};
}

const server = new Server({
  path: "/files",
  datastore: new FileStore({ directory: process.env.FOLDER }),
  ...(process.env.SYNC === "1" ? { onUploadFinish: sync } : {}),
});
const listening = server.listen({ host: "127.0.0.1", port: 0 }, () => {
  console.log(`READY http://127.0.0.1:${listening.address().port}/files`);
});
listening.requestTimeout = 0; // Node's five minutes are not the matter here
process.on("SIGTERM", () => process.exit(0));
