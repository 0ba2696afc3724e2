/** A row of a table: named by its key, and dropped by its age. */
export interface Aged {
  key: string;
  at: number;
}

/** Rows that this browser keeps. What was put is there after the page, the browser or the tab was killed. */
export interface Table<Row extends Aged> {
  get(key: string): Promise<Row | null>;
  put(row: Row): Promise<void>;
  remove(key: string): Promise<void>;
  /** Drops rows from before `oldest`, and the oldest of those beyond `most`. */
  trim(oldest: number, most: number): Promise<void>;
}

const NAME = "asset-ingest";
const TABLES = ["checkpoints", "unfinished"] as const;
const PATIENCE_MS = 5_000; // a database that never answers must not hold up what goes on without it

/** IndexedDB: unlike localStorage it writes at once, and not every half minute. Everything rejects where it is forbidden. */
export class Database {
  #opening: Promise<IDBDatabase> | null = null;

  table<Row extends Aged>(name: (typeof TABLES)[number]): Table<Row> {
    const within = (mode: IDBTransactionMode, work: (rows: IDBObjectStore) => IDBRequest | void) => this.#within(name, mode, work);
    return {
      get: async (key) => ((await within("readonly", (rows) => rows.get(key))) as Row | undefined) ?? null,
      put: async (row) => void (await within("readwrite", (rows) => rows.put(row))),
      remove: async (key) => void (await within("readwrite", (rows) => rows.delete(key))),
      trim: async (oldest, most) => void (await within("readwrite", (rows) => trim(rows, oldest, most))),
    };
  }

  async #within(name: string, mode: IDBTransactionMode, work: (rows: IDBObjectStore) => IDBRequest | void): Promise<unknown> {
    const database = await inTime((this.#opening ??= open()));
    return inTime(
      new Promise((resolve, reject) => {
        const transaction = database.transaction(name, mode);
        const request = work(transaction.objectStore(name));
        transaction.oncomplete = () => resolve(request?.result);
        transaction.onabort = () => reject(transaction.error);
      }),
    );
  }
}

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => {
      for (const table of TABLES) request.result.createObjectStore(table, { keyPath: "key" }).createIndex("at", "at");
    };
    request.onerror = () => reject(request.error);
    request.onsuccess = () => {
      request.result.onversionchange = () => request.result.close(); // a newer page makes its tables
      resolve(request.result);
    };
  });
}

function trim(rows: IDBObjectStore, oldest: number, most: number): void {
  const count = rows.count();
  count.onsuccess = () => {
    let left = count.result;
    const walk = rows.index("at").openCursor();
    walk.onsuccess = () => {
      const cursor = walk.result;
      if (!cursor || (left <= most && (cursor.key as number) >= oldest)) return;
      left -= 1;
      cursor.delete();
      cursor.continue();
    };
  };
}

function inTime<T>(answer: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new DOMException("the browser's database does not answer", "TimeoutError")), PATIENCE_MS);
    answer.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
