import { post } from "../wire/http";
import { asProblem, type Problem } from "../wire/problem";
import { problemOf, type BulkAction, type BulkAnswer } from "./types";

/** How one thing done with many ended. What was not tried is neither done nor failed. */
export interface Report {
  action: BulkAction;
  asked: number;
  done: readonly string[];
  failed: readonly { id: string; problem: Problem }[];
  /** Why the rest was not tried, or is not known. */
  stopped: Problem | null;
}

const AT_ONCE = 100; // each is a change of its own, and an answer must not take longer than anybody waits

type Send = (body: { action: BulkAction; ids: readonly string[]; tags: readonly string[] }) => Promise<BulkAnswer>;
const sendBulk: Send = (body) => post<BulkAnswer>("/assets:bulk", body);

/** Does the same with many assets, some at a time; a request that fails ends it. */
export async function doWithMany(
  action: BulkAction, ids: readonly string[], tags: readonly string[], onDone: (count: number) => void, send: Send = sendBulk,
): Promise<Report> {
  const done: string[] = [];
  const failed: { id: string; problem: Problem }[] = [];
  for (let at = 0; at < ids.length; at += AT_ONCE) {
    try {
      const { items } = await send({ action, ids: ids.slice(at, at + AT_ONCE), tags });
      for (const { id, error } of items) {
        if (error === null) done.push(id);
        else failed.push({ id, problem: problemOf(error) });
      }
    } catch (error) {
      return { action, asked: ids.length, done, failed, stopped: asProblem(error) };
    }
    onDone(done.length + failed.length);
  }
  return { action, asked: ids.length, done, failed, stopped: null };
}

/** Words of a list of tags, as a person types it. */
export function tagsIn(text: string): string[] {
  return [...new Set(text.split(",").map((tag) => tag.trim()).filter((tag) => tag !== ""))];
}
