/** Somebody who looks at the same thing. */
export interface Person {
  id: string;
  name: string;
}

/** What is told of a room that one has joined, or why one has not. */
export type RoomFrame =
  | { kind: "presence"; room: string; people: readonly Person[] }
  | { kind: "refused"; room: string; code: string };
