/** One request with a body whose journey can be watched, which fetch does not tell. */
export interface Ask {
  method: "POST" | "PUT" | "HEAD" | "PATCH" | "DELETE" | "OPTIONS";
  url: string;
  headers: Readonly<Record<string, string>>;
  body?: Blob;
  /** Hears how many bytes of the body are on their way. */
  onSent?: (bytes: number) => void;
  signal?: AbortSignal;
}

export interface Answer {
  status: number;
  header(name: string): string | null;
  body: string;
}

/** How long (ms) the server asks to be left alone, if it says; as a date it is ignored, for clocks differ. */
export function retryAfter(answer: Answer): number | null {
  const said = answer.header("Retry-After");
  return said !== null && /^\d{1,9}$/.test(said) ? Number(said) * 1000 : null;
}

export type Exchange = (ask: Ask) => Promise<Answer>;

/** The connection broke before the server had answered; whether that is an outage is for the queue to find out. */
export class Broken extends Error {}

const PATIENCE_MS = 120_000; // without a byte moving; a proxy may collect a whole body before it passes it on

export function stopped(): DOMException {
  return new DOMException("the upload was stopped", "AbortError");
}

export const exchange: Exchange = (ask) =>
  new Promise((resolve, reject) => {
    if (ask.signal?.aborted) return reject(stopped());
    const request = new XMLHttpRequest();
    const stop = () => request.abort();
    let silence = window.setTimeout(stop, PATIENCE_MS);
    const heard = () => {
      window.clearTimeout(silence);
      silence = window.setTimeout(stop, PATIENCE_MS);
    };
    // Set only where it is wanted: a listener on an upload costs events on every request.
    if (ask.body) {
      request.upload.onprogress = (event) => {
        heard();
        ask.onSent?.(event.loaded);
      };
    }
    request.onload = () => resolve({ status: request.status, header: (name) => request.getResponseHeader(name), body: request.responseText });
    request.onerror = () => reject(new Broken());
    request.onabort = () => reject(ask.signal?.aborted ? stopped() : new Broken());
    request.onloadend = () => {
      window.clearTimeout(silence);
      ask.signal?.removeEventListener("abort", stop);
    };
    ask.signal?.addEventListener("abort", stop);
    request.open(ask.method, ask.url);
    for (const [name, value] of Object.entries(ask.headers)) request.setRequestHeader(name, value);
    request.send(ask.body ?? null);
  });
