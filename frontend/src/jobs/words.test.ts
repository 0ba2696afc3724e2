import { expect, test } from "vitest";
import { jobWord } from "./words";

test("a file is received, stored, verified, processed, ready", () => {
  const job = { duplicate: false, asset_id: null, error_message: null };
  expect(jobWord({ ...job, status: "UPLOADING" }).text).toBe("Receiving");
  expect(jobWord({ ...job, status: "QUEUED" }).text).toBe("Stored");
  expect(jobWord({ ...job, status: "PROCESSING" }).text).toBe("Verifying");
  expect(jobWord({ ...job, status: "PROCESSING", asset_id: "a" }).text).toBe("Processing");
  expect(jobWord({ ...job, status: "COMPLETE", asset_id: "a" }).text).toBe("Ready");
});

test("work that waits on verified bytes does not go back to being stored", () => {
  expect(jobWord({ status: "QUEUED", duplicate: false, asset_id: "a", error_message: null }).text).toBe("Queued");
});

test("what is fetched and fails for now is tried again", () => {
  const job = { duplicate: false, asset_id: null, error_message: "its server did not answer" };
  expect(jobWord({ ...job, status: "UPLOADING" })).toEqual({ text: "Trying again", tone: "warn" });
  expect(jobWord({ ...job, status: "ERROR" })).toEqual({ text: "Failed", tone: "bad" });
});
