import { md5 } from "./md5";

addEventListener("message", async ({ data, ports: [answer] }: MessageEvent<Blob>) => {
  answer?.postMessage(await md5(data).catch(() => null));
});
