import { expect, test } from "vitest";
import { everything, filterOf, hrefOf, isNarrowed, listOf } from "./place";

const read = (address: string) => filterOf("library", new URLSearchParams(address));

test("an address and the filter it says are the same, both ways", () => {
  const filter = {
    q: "old castle", kind: "photo", tag: "hero & villain", owner: "m1", publisher_id: "p1", from: "2026-01-02", to: "2026-02-03", sort: "-name" as const,
  };
  const href = hrefOf("library", filter, "list");
  expect(filterOf("library", new URL(href, "http://x").searchParams)).toEqual(filter);
  expect(href).toContain("view=list");
});

test("what nobody chose is not in the address", () => {
  expect(hrefOf("library", everything("library"))).toBe("/assets");
  expect(hrefOf("trash", everything("trash"))).toBe("/trash");
  expect(hrefOf("library", everything("trash"))).toBe("/assets?sort=-updated_at");
});

test("what makes no sense in an address is left out", () => {
  expect(read("kind=cake&sort=taste&from=2026-02-30&to=yesterday")).toEqual(everything("library"));
  expect(read("from=0000-00-00").from).toBe("");
});

test("days are whole and those of whoever looks", () => {
  const list = new URLSearchParams(listOf("library", read("from=2026-03-01&to=2026-03-31")).split("?")[1]);
  expect(list.get("created_after")).toBe(new Date(2026, 2, 1).toISOString());
  expect(list.get("created_before")).toBe(new Date(2026, 3, 1).toISOString());
  expect(list.has("from") || list.has("to")).toBe(false);
});

test("the trash asks for what is trashed, the library says nothing of it", () => {
  expect(listOf("trash", everything("trash"))).toBe("/assets?sort=-updated_at&status=trashed");
  expect(listOf("library", everything("library"))).toBe("/assets?sort=-created_at");
});

test("an order narrows nothing", () => {
  expect(isNarrowed(read("sort=name"))).toBe(false);
  expect(isNarrowed(read("tag=hero"))).toBe(true);
});
