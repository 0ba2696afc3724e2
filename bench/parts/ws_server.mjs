// The `ws` package as its README broadcasts, and nothing else: each line of what is posted to it is told to everybody.
import { createServer } from "node:http";
import { WebSocket, WebSocketServer } from "ws";

function tell(line) {
  const message = Buffer.from(line); // bytes: a string is slower
  for (const client of sockets.clients) {
    if (client.readyState === WebSocket.OPEN) client.send(message, { binary: false });
  }
}

const server = createServer((request, response) => {
  const pieces = [];
  request.on("data", (piece) => pieces.push(piece));
  request.on("end", () => {
    response.end();
    for (const line of Buffer.concat(pieces).toString().split("\n")) tell(line);
  });
});
const sockets = new WebSocketServer({ server, perMessageDeflate: false });
server.keepAliveTimeout = 60_000;
server.listen({ host: "127.0.0.1", port: 0, backlog: 1024 }, () => {
  console.log(`READY http://127.0.0.1:${server.address().port}`);
});
process.on("SIGTERM", () => process.exit(0));
