import { md5 } from "./md5";

/** Counts MD5s in a thread of its own, so that the page never waits for them. */
export class Digests {
  #worker: Worker | null = null;

  /** Rejects if the bytes cannot be read. */
  async of(bytes: Blob): Promise<string> {
    return (await this.#beside(bytes).catch(() => null)) ?? md5(bytes); // slower here, but sure
  }

  /** Null where the thread could not read them; it may not even begin: its file goes when the server is upgraded. */
  async #beside(bytes: Blob): Promise<string | null> {
    const worker = (this.#worker ??= new Worker(new URL("./md5.worker.ts", import.meta.url), { type: "module" }));
    const { port1: here, port2: there } = new MessageChannel();
    const over = new AbortController();
    return new Promise<string | null>((resolve, reject) => {
      here.onmessage = ({ data }: MessageEvent<string | null>) => resolve(data);
      const failed = () => {
        this.#worker = null; // the next one may come; this one never answers
        reject(new Error("no thread"));
      };
      for (const type of ["error", "messageerror"]) worker.addEventListener(type, failed, { signal: over.signal });
      worker.postMessage(bytes, [there]);
    }).finally(() => {
      over.abort();
      here.close();
    });
  }
}
