import { Broken, type Exchange } from "./exchange";
import { get, post } from "./http";
import { Problem, problemFrom } from "./problem";
import type { Page } from "./types";

/** Where one part may be sent, for some minutes. */
export interface SignedPart {
  number: number;
  url: string;
  headers: Record<string, string>;
}

export interface Plan {
  job_id: string;
  upload_id: string;
  method: "resumable" | "single" | "multipart";
  part_size: number | null;
}

export interface PartView {
  number: number;
  start: number;
  size: number;
  status: "PENDING" | "UPLOADED";
}

export interface UploadView {
  id: string;
  method: string;
  size: number | null;
  part_size: number | null;
  part_count: number | null;
}

export interface NewUpload {
  filename: string;
  size: number;
  content_type: string | null;
  group_id: string | null;
  lane: string;
  /** A wish; without one the server chooses. */
  method?: "resumable";
  /** The asset whose next version it is. */
  asset_id?: string;
  change_note?: string;
}

const LISTED = 1000;

/** Plans, and the parts that go straight to where bytes live. A lost connection is thrown as Broken. */
export class Plans {
  readonly #exchange: Exchange;

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
  }

  open(wanted: NewUpload): Promise<Plan> {
    return heard(post<Plan>("/uploads", wanted));
  }

  /** Says where one part may be sent, if it has this MD5: what changes on the way is refused there. */
  async sign(uploadId: string, number: number, md5: string): Promise<SignedPart> {
    const wanted = { numbers: [number], content_md5: { [number]: md5 } };
    const [signed] = await heard(post<[SignedPart]>(`/uploads/${uploadId}/parts:sign`, wanted));
    return signed;
  }

  /** Lets the server look in the store, which tells it nothing by itself, and all who watch see the same. */
  async look(uploadId: string): Promise<void> {
    await heard(post<unknown>(`/uploads/${uploadId}/parts:look`));
  }

  /** The whole grid, as the server last looked at it. */
  async parts(uploadId: string, signal?: AbortSignal): Promise<PartView[]> {
    const all: PartView[] = [];
    for (let cursor: string | null = "0"; cursor !== null; ) {
      const page: Page<PartView> = await heard(get(`/uploads/${uploadId}/parts?limit=${LISTED}&cursor=${cursor}`, signal));
      all.push(...page.items);
      cursor = page.next_cursor;
    }
    return all;
  }

  async complete(uploadId: string): Promise<void> {
    await heard(post<unknown>(`/uploads/${uploadId}/complete`));
  }

  async put({ url, headers }: SignedPart, body: Blob, onSent: (bytes: number) => void, signal: AbortSignal): Promise<void> {
    const said = Object.fromEntries(Object.entries(headers).filter(([name]) => name.toLowerCase() !== "content-length")); // browsers say it
    const answer = await this.#exchange({ method: "PUT", url, headers: said, body, onSent, signal });
    if (answer.status < 200 || answer.status >= 300) throw problemFrom(answer.status, null, null);
  }
}

/** Throws a lost connection as Broken, so that files are held through an outage. */
export async function heard<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw error instanceof Problem && error.code === "unreachable" ? new Broken() : error;
  }
}
