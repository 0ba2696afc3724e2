// The things a fake server knows: jobs that move by themselves, assets, publishers. For development and page tests only.
import { randomBytes, randomUUID } from "node:crypto";

const CHECKS = [{ what: "size", by: "store" }, { what: "server_crc", by: "server" }, { what: "read_back", by: "worker" }];
const STEPS = [
  ["unity.digest", "Check and fingerprint", "PROCESSING"],
  ["unity.unpack", "Read the package", "PROCESSING"],
  ["unity.listing", "Look up the store page", "SCRAPING"],
  ["unity.contact_sheet", "Make pictures", "PROCESSING"],
  ["publish", "Publish", "PUBLISHING"],
];
const ENDED = new Set(["COMPLETE", "ERROR", "CANCELLED"]);
const TYPES = ["texture", "material", "prefab", "script", "model", "audio", "scene", "folder", "shader"];
const NAMES = ["Low Poly Forest", "Sci-Fi Corridor Kit", "Medieval Props", "Ocean Shader", "Robot Pack", "Desert Ruins", "UI Sounds", "Snow Mountains", "City Roads", "Fantasy Swords"];

/** UUIDv7: its first 48 bits are the time. */
export function newId(at = Date.now()) {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(at, 0, 6);
  bytes[6] = (bytes[6] & 0x0f) | 0x70;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

export class World {
  jobs = new Map();
  assets = new Map();
  publishers = new Map();
  facts = [];
  listeners = new Set();
  oldest = 0;
  pace = 350;

  fill(count) {
    for (let n = 0; n < 7; n++) {
      const id = newId();
      this.publishers.set(id, { id, name: ["Nature Works", "Pixel Forge", "parentElement, LLC", "Studio Ørn", "Kenji 3D", "Tiny Tools", "Ümlaut"][n], source: "unity_asset_store", external_id: String(4000 + n), url: null });
    }
    for (let n = 0; n < count; n++) this.past(count - n);
  }

  past(n) {
    const at = Date.now() - n * 37 * 60_000;
    const job = this.newJob(`${NAMES[n % NAMES.length]} ${n}.unitypackage`, 1_000_000 + n * 777_777, at);
    job.status = n % 11 === 5 ? "ERROR" : n % 23 === 7 ? "CANCELLED" : "COMPLETE";
    job.completed_at = new Date(at + 8000).toISOString();
    job.revision = 9;
    if (job.status === "ERROR") this.fail(job, 1);
    else if (job.status === "COMPLETE") {
      job.progress = 100;
      job.asset_id = this.newAsset(job, n).id;
      job.verified = CHECKS.map((check) => ({ ...check, at: job.completed_at }));
      for (const step of job.steps) Object.assign(step, { status: step.name === "unity.listing" ? "SKIPPED" : "DONE", reason: step.name === "unity.listing" ? "the store page is turned off" : null, attempt: 1, started_at: job.created_at, ended_at: job.completed_at });
    } else for (const step of job.steps) step.status = "CANCELLED";
  }

  newJob(name, size, at = Date.now()) {
    const iso = new Date(at).toISOString();
    const job = {
      id: newId(at), original_filename: name, size, status: "UPLOADING", progress: 0, error_message: null, code: null, step: null, remedy: null,
      asset_id: null, cms_id: null, duplicate: false, metadata: {}, created_at: iso, updated_at: iso, completed_at: null, revision: 1,
      verified: [], correlation_id: randomUUID(), steps: STEPS.map(([step, title]) => ({ name: step, title, status: "WAITING", attempt: 0, reason: null, error_message: null, code: null, remedy: null, started_at: null, ended_at: null, not_before: null })),
    };
    this.jobs.set(job.id, job);
    return job;
  }

  newAsset(job, n) {
    const id = newId(Date.parse(job.created_at));
    const kind = ["unity_package", "unity_package", "photo", "unity_package", "model3d", "video", "unity_package", "document"][n % 8];
    const publisher = kind === "unity_package" ? [...this.publishers.values()][n % this.publishers.size] : null;
    const asset = {
      id, name: job.original_filename.replace(/\.[^.]+$/, ""), kind, created_at: job.created_at, updated_at: job.created_at, ready_at: job.created_at,
      revision: 1, current_version: n % 9 === 0 ? 2 : 1, publisher, hue: (n * 47) % 360, size: job.size, filename: job.original_filename, entries: kind === "unity_package" ? (n === 1 ? 20_000 : 30 + n) : 0,
    };
    this.assets.set(id, asset);
    return asset;
  }

  can(job) {
    return { retry: job.status === "ERROR", cancel: !ENDED.has(job.status), forget: ENDED.has(job.status) };
  }

  view(job) {
    const { steps, correlation_id, verified, ...rest } = job;
    return { ...rest, can: this.can(job) };
  }

  detail(job) {
    return { ...job, can: this.can(job) };
  }

  tell(type, subject, revision, data) {
    const fact = { kind: "fact", id: newId(), seq: this.facts.length + 1, type, at: new Date().toISOString(), actor: "system", subject, revision, correlation_id: "c", data };
    this.facts.push(fact);
    this.send(fact);
  }

  send(frame) {
    for (const listener of this.listeners) listener(frame);
  }

  move(job, status, over = {}) {
    Object.assign(job, over, { status, revision: job.revision + 1, updated_at: new Date().toISOString() });
    job.completed_at = ENDED.has(status) ? job.updated_at : null;
    this.tell("job.status_changed", { kind: "job", id: job.id }, job.revision, { status, progress: job.progress, filename: job.original_filename, asset_id: job.asset_id, code: job.code, message: job.error_message, remedy: job.remedy });
  }

  moveStep(job, step, status, over = {}) {
    Object.assign(step, over, { status });
    this.tell("pipeline.step.status_changed", { kind: "job", id: job.id }, job.revision, { step: step.name, status, attempt: step.attempt, reason: step.reason });
  }

  fail(job, at) {
    const words = { error_message: "the package's checksum does not match its content", code: "package_corrupt", remedy: "Download or export the package again; its checksum does not match its content." };
    Object.assign(job, words, { step: STEPS[at][0] });
    Object.assign(job.steps[at], words, { status: "FAILED", attempt: Math.max(1, job.steps[at].attempt), started_at: job.created_at, ended_at: job.updated_at });
    for (let n = 0; n < at; n++) Object.assign(job.steps[n], { status: "DONE", attempt: 1, started_at: job.created_at, ended_at: job.created_at });
  }

  async work(job) {
    const rest = (part = 1) => new Promise((done) => setTimeout(done, this.pace * part));
    for (const [n, [, , phase]] of STEPS.entries()) {
      const step = job.steps[n];
      if (step.status === "DONE" || step.status === "SKIPPED") continue;
      await rest(0.5);
      if (job.status === "CANCELLED" || !this.jobs.has(job.id)) return;
      if (phase === "SCRAPING" && /small/.test(job.original_filename)) {
        this.moveStep(job, step, "SKIPPED", { reason: "the package has no store id" });
        continue;
      }
      this.moveStep(job, step, "RUNNING", { attempt: step.attempt + 1, started_at: new Date().toISOString() });
      this.move(job, phase, { step: step.name });
      for (let part = 1; part <= 4; part++) {
        await rest(0.6);
        if (job.status === "CANCELLED") return;
        job.progress = Math.round(((n + part / 4) / STEPS.length) * 100);
        this.send({ kind: "progress", job_id: job.id, progress: job.progress, step: step.name });
      }
      if (n === 1 && /corrupt/.test(job.original_filename) && step.attempt < 2) {
        this.fail(job, n);
        this.moveStep(job, step, "FAILED", { ended_at: new Date().toISOString() });
        return this.move(job, "ERROR");
      }
      this.moveStep(job, step, "DONE", { ended_at: new Date().toISOString(), error_message: null });
      if (n === 0) job.asset_id = this.newAsset(job, this.assets.size).id;
    }
    this.move(job, "COMPLETE", { progress: 100, step: null });
    this.tell("asset.ready", { kind: "asset", id: job.asset_id }, 1, { name: job.original_filename });
  }

  retry(job) {
    for (const step of job.steps) if (step.status === "FAILED") Object.assign(step, { status: "READY", error_message: null, code: null, remedy: null, ended_at: null });
    this.move(job, "QUEUED", { progress: 0, error_message: null, code: null, remedy: null, step: null });
    void this.work(job);
  }

  cancel(job) {
    for (const step of job.steps) if (["WAITING", "READY", "RUNNING"].includes(step.status)) step.status = "CANCELLED";
    this.move(job, "CANCELLED");
  }

  forget(job) {
    this.jobs.delete(job.id);
    this.tell("job.deleted", { kind: "job", id: job.id }, job.revision + 1, {});
  }

  assetView(a) {
    const metadata = a.kind === "unity_package" ? { title: a.name, version: "1.4.2", unity_version: "2021.3.16f1", category: "3D/Environments", pubdate: "18 May 2015" } : { width: 4000, height: 3000 };
    return { id: a.id, name: a.name, kind: a.kind, created_at: a.created_at, updated_at: a.updated_at, ready_at: a.ready_at, revision: a.revision, current_version: a.current_version, publisher: a.publisher && { id: a.publisher.id, name: a.publisher.name }, thumbnail_url: a.hue % 3 ? `/api/v1/assets/${a.id}/renditions/thumbnail?v=1` : null, metadata };
  }

  assetDetail(a) {
    const unity = a.kind === "unity_package";
    const version = (number) => ({ number, filename: a.filename, size: a.size, sha256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", created_at: a.created_at, content_url: `/api/v1/assets/${a.id}/versions/${number}/content`, verified: CHECKS.map((check) => ({ ...check, at: a.created_at })) });
    const kinds = {};
    for (let n = 0; n < a.entries; n++) kinds[TYPES[n % TYPES.length]] = (kinds[TYPES[n % TYPES.length]] ?? 0) + 1;
    return {
      ...this.assetView(a), provenance: unity ? { title: "header", version: "header", unity_version: "header", category: "page", pubdate: "user" } : { width: "file", height: "file" },
      contact_sheet_url: unity ? `/api/v1/assets/${a.id}/renditions/contact_sheet?v=1` : null, size: a.size, sha256: "9f86", content_type: unity ? "application/gzip" : "image/jpeg", filename: a.filename,
      entry_count: unity ? a.entries : null, finding_count: unity ? 11 : null, entry_kinds: kinds,
      findings: unity ? [...Array.from({ length: 9 }, (_, n) => ({ code: "case_clash", detail: `two paths differ only in upper and lower case, number ${n}`, guid: null, path: `Assets/Rocks/rock_${n}.png` })), { code: "traversal_path", detail: "the path climbs out of the project, so the entry was left out", guid: "0f".repeat(16), path: "../../etc/passwd" }, { code: "auto_run_script", detail: "an editor script would run by itself when imported", guid: null, path: "Assets/Editor/Boot.cs" }] : [],
      store_record: unity ? { id: "11347", title: a.name, version: "1.4.2", publisher: { id: "4371", label: a.publisher?.name }, category: { id: "113", label: "Scripting/Input - Output" }, url: "https://assetstore.unity.com/packages/slug/11347" } : null,
      publications: unity ? [{ target: "strapi", status: "PUBLISHED", external_id: "42" }] : [],
      versions: Array.from({ length: a.current_version }, (_, n) => version(a.current_version - n)),
    };
  }

  entry(a, n) {
    const kind = TYPES[n % TYPES.length];
    return { number: n, guid: n.toString(16).padStart(32, "0"), path: `Assets/${a.name}/${kind}s/Set ${Math.floor(n / 40)}/${kind}_${n}.${kind === "texture" ? "png" : "asset"}`, kind, size: (n * 7919) % 4_000_000, preview_url: kind === "script" || kind === "folder" ? null : `/api/v1/assets/${a.id}/entries/${n}/preview` };
  }
}
