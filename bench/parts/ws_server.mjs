// The `ws` package as its README broadcasts, and nothing else: POST /tell/20/100 tells everybody 100 messages, 20 a second.
import { createServer } from "node:http";
import { WebSocket, WebSocketServer } from "ws";

const SIZE = Number(process.env.SIZE);
const now = () => Number(process.hrtime.bigint() / 1000n) / 1000; // milliseconds of the clock that all processes share

function tell() {
  const text = JSON.stringify({ kind: "fact", stamp: `@${process.hrtime.bigint()}@`, rest: "" });
  const message = Buffer.from(text.replace(/""}$/, `"${"x".repeat(SIZE - text.length)}"}`)); // bytes: a string is slower
  for (const client of sockets.clients) {
    if (client.readyState === WebSocket.OPEN) client.send(message, { binary: false });
  }
}

const server = createServer((request, response) => {
  const [, , rate, count] = request.url.split("/").map(Number);
  const begun = now();
  let told = 0;
  (function tellWhatIsDue() {
    for (; told < count && begun + (1000 * told) / rate <= now(); told++) tell();
    if (told === count) response.end();
    else setTimeout(tellWhatIsDue, begun + (1000 * told) / rate - now());
  })();
});
const sockets = new WebSocketServer({ server, perMessageDeflate: false });
server.listen({ host: "127.0.0.1", port: 0, backlog: 1024 }, () => {
  console.log(`READY http://127.0.0.1:${server.address().port}`);
});
process.on("SIGTERM", () => process.exit(0));
