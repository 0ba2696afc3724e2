// A stand-in for the real server: the built page, the HTTP contract, simulated jobs. `node dev/fake-server.mjs [port] [jobs]`
import { createReadStream, existsSync } from "node:fs";
import { createServer } from "node:http";
import { dirname, extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { WebSocketServer } from "ws";
import { World } from "./fake-world.mjs";

const PORT = Number(process.argv[2] ?? 8790);
const DIST = join(dirname(fileURLToPath(import.meta.url)), "..", "dist");
const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" };
const CSP = "default-src 'self'; img-src 'self' blob: data:; style-src 'self'; script-src 'self'; connect-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";
const ME = { member: { id: "m1", name: "Admin", role: "ADMIN" }, studio: { id: "s1", name: "Local studio" }, csrf_token: "csrf-1", can: { import_url: true } };
const spent = new Set();
const sessions = new Set();
const world = new World();
world.fill(Number(process.argv[3] ?? 240));

class Refused extends Error {
  constructor(status, code, detail, remedy) {
    super(detail);
    Object.assign(this, { status, code, remedy });
  }
}

const missing = () => new Refused(404, "not_found", "there is no such thing", "Check the address; the thing may have been deleted.");

function reply(response, status, body, headers = {}) {
  response.writeHead(status, { "Content-Type": "application/json", "X-Correlation-ID": "fake-1", ...headers });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}

function page(items, url, most = 200) {
  const limit = Math.min(most, Number(url.searchParams.get("limit") ?? 50));
  const start = Number(url.searchParams.get("cursor") ?? 0);
  return { items: items.slice(start, start + limit), next_cursor: start + limit < items.length ? String(start + limit) : null };
}

function signedIn(request) {
  const cookie = /asset_ingest_session=(\w+)/.exec(request.headers.cookie ?? "")?.[1];
  if (!sessions.has(cookie)) throw new Refused(401, "unauthenticated", "nobody we know is asking", "Sign in with a fresh link.");
  if (request.method !== "GET" && request.headers["x-csrf-token"] !== ME.csrf_token) throw new Refused(403, "forbidden", "the CSRF token is missing", "Reload the page.");
}

async function body(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function exchange(request, response) {
  const { token } = JSON.parse(await body(request));
  if (spent.has(token) || !/^good/.test(token)) throw new Refused(401, "unauthenticated", "this sign-in link is used or expired", "Sign in with a fresh link.");
  spent.add(token);
  const id = Math.random().toString(36).slice(2);
  sessions.add(id);
  reply(response, 200, ME, { "Set-Cookie": `asset_ingest_session=${id}; HttpOnly; SameSite=Strict; Path=/` });
}

async function upload(request, response) {
  const name = decodeURIComponent(/filename\*=UTF-8''([^;]+)/.exec(request.headers["content-disposition"] ?? "")?.[1] ?? "file");
  const job = world.newJob(name, Number(request.headers["content-length"] ?? 0));
  world.move(job, "UPLOADING");
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size % 3 === 0) await new Promise((done) => setTimeout(done, 4));
  }
  job.size = size;
  let line = { job: null };
  if (/huge/.test(name)) {
    const words = { code: "too_large", error_message: "the file is larger than the 10 bytes allowed here", remedy: "Send a smaller file, or ask an operator to raise the limit." };
    world.move(job, "ERROR", words);
    line = { error: { status: 413, code: words.code, detail: words.error_message, remedy: words.remedy, correlation_id: job.correlation_id }, job: /nojob/.test(name) ? null : world.view(job) };
  } else {
    world.move(job, "QUEUED");
    line = { job: world.view(job) };
    void world.work(job);
  }
  response.writeHead(202, { "Content-Type": "application/x-ndjson", "X-Correlation-ID": job.correlation_id });
  response.end(`${JSON.stringify(line)}\n`);
}

function jobs(url) {
  const statuses = (url.searchParams.get("status") ?? "").split(",").filter(Boolean);
  const text = (url.searchParams.get("q") ?? "").toLowerCase();
  return [...world.jobs.values()]
    .filter((job) => (statuses.length === 0 || statuses.includes(job.status)) && job.original_filename.toLowerCase().includes(text))
    .sort((a, b) => (a.created_at < b.created_at || (a.created_at === b.created_at && a.id < b.id) ? 1 : -1))
    .map((job) => world.view(job));
}

function assets(url) {
  const [kind, text, publisher] = ["kind", "q", "publisher_id"].map((name) => url.searchParams.get(name) ?? "");
  return [...world.assets.values()]
    .filter((a) => (!kind || a.kind === kind) && a.name.toLowerCase().includes(text.toLowerCase()) && (!publisher || a.publisher?.id === publisher))
    .reverse()
    .map((a) => world.assetView(a));
}

function entries(asset, url) {
  const text = (url.searchParams.get("q") ?? "").toLowerCase();
  const kind = url.searchParams.get("kind");
  const all = Array.from({ length: asset.entries }, (_, n) => world.entry(asset, n));
  return all.filter((e) => (!kind || e.kind === kind) && (e.path.toLowerCase().includes(text) || e.guid.includes(text)));
}

function picture(response, hue, words, width = 320, height = 240) {
  const shapes = Array.from({ length: 5 }, (_, n) => `<circle cx="${(n * 83 + hue) % width}" cy="${(n * 57 + hue * 3) % height}" r="${24 + n * 9}" fill="hsl(${(hue + n * 22) % 360} 45% ${48 + n * 6}%)"/>`).join("");
  response.writeHead(200, { "Content-Type": "image/svg+xml", "Cache-Control": "private, max-age=31536000, immutable" });
  response.end(`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><rect width="100%" height="100%" fill="hsl(${hue} 35% 82%)"/>${shapes}<text x="12" y="${height - 12}" font-size="12">${words}</text></svg>`);
}

const publisherView = (p) => ({ ...p, asset_count: [...world.assets.values()].filter((a) => a.publisher?.id === p.id).length });

async function api(request, response, url) {
  const path = url.pathname.slice("/api/v1".length);
  if (path === "/auth/exchange") return exchange(request, response);
  if (path === "/docs") return response.writeHead(200, { "Content-Type": "text/html" }).end("<h1>API</h1>");
  signedIn(request);
  if (path === "/auth/me") return reply(response, 200, ME);
  if (path === "/auth/logout") return sessions.clear(), reply(response, 204);
  if (path === "/assets" && request.method === "POST") return upload(request, response);
  if (path === "/assets") return reply(response, 200, page(assets(url), url));
  if (path === "/jobs") return reply(response, 200, page(jobs(url), url));
  if (path === "/publishers") return reply(response, 200, page([...world.publishers.values()].map(publisherView), url));
  const [, noun, id, more, which] = path.split("/");
  if (noun === "jobs") return jobCall(request, response, world.jobs.get(id), more);
  if (noun === "publishers" && world.publishers.has(id)) return reply(response, 200, publisherView(world.publishers.get(id)));
  const asset = noun === "assets" && world.assets.get(id);
  if (!asset) throw missing();
  if (!more) return reply(response, 200, world.assetDetail(asset));
  if (more === "entries" && !which) return reply(response, 200, page(entries(asset, url), url, 1000));
  if (more === "entries") return picture(response, (Number(which) * 31) % 360, which, 64, 64);
  if (more === "renditions") return which === "contact_sheet" ? picture(response, asset.hue, asset.name, 1200, 420) : picture(response, asset.hue, "");
  if (more === "versions") return response.writeHead(200, { "Content-Disposition": "attachment; filename=x.bin" }).end("bytes");
  throw missing();
}

function jobCall(request, response, job, more) {
  if (!job) throw missing();
  if (request.method === "GET") return reply(response, 200, world.detail(job));
  const allowed = world.can(job);
  const name = request.method === "DELETE" ? "forget" : more;
  if (!allowed[name]) throw new Refused(409, "not_possible_now", `a job that is ${job.status} has no ${name}`, "Look at its present state; the page shows what is possible.");
  world[name](job);
  return name === "forget" ? reply(response, 204) : reply(response, 202, world.view(job));
}

/** Buttons for tests: break what a real network breaks. */
function dev(response, url) {
  if (url.pathname === "/dev/drop") for (const socket of sockets.clients) socket.terminate();
  if (url.pathname === "/dev/refuse") refusing = url.searchParams.get("on") === "1";
  if (url.pathname === "/dev/forget-facts") world.oldest = world.facts.length;
  if (url.pathname === "/dev/sign-out") sessions.clear();
  if (url.pathname === "/dev/quiet-job") world.work(world.newJob(url.searchParams.get("name") ?? "other.png", 1000));
  if (url.pathname === "/dev/pace") world.pace = Number(url.searchParams.get("ms"));
  response.writeHead(204).end();
}

function file(response, url) {
  const wanted = join(DIST, normalize(url.pathname));
  const found = extname(wanted) && wanted.startsWith(DIST) && existsSync(wanted) ? wanted : join(DIST, "index.html");
  response.writeHead(200, { "Content-Type": TYPES[extname(found)] ?? "application/octet-stream", "Content-Security-Policy": CSP, "X-Content-Type-Options": "nosniff" });
  createReadStream(found).pipe(response);
}

let refusing = false;
const server = createServer(async (request, response) => {
  const url = new URL(request.url, "http://x");
  try {
    if (url.pathname.startsWith("/dev/")) return dev(response, url);
    if (refusing) return request.socket.destroy();
    if (url.pathname === "/healthz") return reply(response, 200, { status: "ok" });
    if (url.pathname.startsWith("/api/")) return await api(request, response, url);
    return file(response, url);
  } catch (error) {
    if (!(error instanceof Refused)) console.error(error);
    const status = error.status ?? 500;
    reply(response, status, { type: "about:blank", title: "Refused", status, code: error.code ?? "internal", detail: error.message, remedy: error.remedy ?? null, correlation_id: "fake-1" }, { "Content-Type": "application/problem+json" });
  }
});

const sockets = new WebSocketServer({ noServer: true });
server.on("upgrade", (request, socket, head) => {
  try {
    if (refusing) throw new Error("refusing");
    signedIn(request);
  } catch {
    return socket.destroy();
  }
  sockets.handleUpgrade(request, socket, head, (ws) => {
    const tell = (frame) => ws.send(JSON.stringify(frame));
    let following = false;
    const follow = (after) => {
      if (following) return;
      following = true;
      if (after !== null && after < world.oldest) tell({ kind: "reset", upto: world.facts.length });
      else if (after !== null) for (const fact of world.facts.slice(after)) tell(fact);
      tell({ kind: "watermark", upto: world.facts.length });
      world.listeners.add(tell);
    };
    tell({ kind: "hello", upto: world.facts.length });
    ws.once("message", (data) => follow(JSON.parse(String(data)).after));
    const wait = setTimeout(() => follow(null), 150);
    ws.on("close", () => (clearTimeout(wait), world.listeners.delete(tell)));
  });
});
server.listen(PORT, "127.0.0.1", () => console.log(`READY http://127.0.0.1:${PORT}/#signin=good-${Date.now()}`));
