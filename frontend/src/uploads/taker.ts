import { Store } from "../wire/store";

/** A page that takes what is dropped on it or pasted itself, and the words that say so. */
export interface Taker {
  words: string;
  take(files: readonly (FileSystemEntry | File)[]): void;
}

export const taker = new Store<Taker | null>(null);
