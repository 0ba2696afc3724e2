import { Problem } from "../wire/problem";

/** What the server would say of a file, said before a byte is sent; null if it may go. */
export function refusal(file: File, largest: number | null): Problem | null {
  if (file.size === 0) {
    return new Problem({
      status: 422, code: "empty_file", detail: "the file is empty", remedy: "Check the file on your disk: it has no content.",
    });
  }
  if (largest !== null && file.size > largest) {
    return new Problem({
      status: 413, code: "too_large", detail: `the file is larger than the ${largest} bytes allowed here`,
      remedy: "Send a smaller file, or ask an operator to raise the limit.",
    });
  }
  return null;
}

/** The server's limit, asked for once; without an answer nothing is refused here, and the server still judges. */
export class LargestFile {
  readonly #ask: () => Promise<number | null>;
  #bytes: number | null = null;

  constructor(ask: () => Promise<number | null>) {
    this.#ask = ask;
  }

  get bytes(): number | null {
    return this.#bytes;
  }

  async learn(): Promise<void> {
    this.#bytes ??= await this.#ask().catch(() => null);
  }
}
