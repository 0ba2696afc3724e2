import { expect, test, vi } from "vitest";
import { Rooms } from "./rooms";

const ANN = { id: "1", name: "Ann" };
const BEN = { id: "2", name: "Ben" };

function rooms() {
  const said: object[] = [];
  return { said, rooms: new Rooms((message) => said.push(message)) };
}

test("two parts of the page that look at the same join once and leave once", () => {
  const { said, rooms: it } = rooms();
  const one = it.look("a");
  const two = it.look("a");
  one();
  one();
  expect(said).toEqual([{ join: "asset:a" }]);
  expect([...it.looks()]).toEqual(["asset:a"]);
  two();
  expect(said).toEqual([{ join: "asset:a" }, { leave: "asset:a" }]);
  expect([...it.looks()]).toEqual([]);
});

test("who looks is known as long as the page looks", () => {
  const { rooms: it } = rooms();
  const stop = it.look("a");
  expect(it.take({ kind: "presence", room: "asset:a", people: [ANN, BEN] })).toBe(true);
  expect(it.people.get().get("asset:a")).toEqual([ANN, BEN]);
  stop();
  it.take({ kind: "presence", room: "asset:a", people: [ANN] }); // was under way
  expect(it.people.get().size).toBe(0);
});

test("offline nobody is known to look, and everything is joined anew", () => {
  const { rooms: it } = rooms();
  it.look("a");
  it.take({ kind: "presence", room: "asset:a", people: [ANN] });
  it.lost();
  expect(it.people.get().size).toBe(0);
  expect([...it.looks()]).toEqual(["asset:a"]);
});

test("other frames are others' affair", () => {
  expect(rooms().rooms.take({ kind: "watermark", upto: 1 })).toBe(false);
});

test("a refusal that time mends is tried again, another is not", () => {
  vi.useFakeTimers();
  vi.stubGlobal("window", globalThis);
  const { said, rooms: it } = rooms();
  it.look("a");
  it.take({ kind: "refused", room: "asset:a", code: "not_found" });
  vi.runAllTimers();
  expect(said).toHaveLength(1);
  it.take({ kind: "refused", room: "asset:a", code: "database_unavailable" });
  vi.runAllTimers();
  expect(said).toEqual([{ join: "asset:a" }, { join: "asset:a" }]);
  vi.useRealTimers();
  vi.unstubAllGlobals();
});
