/** The group that dropped files belong to; it is opened once its first file is sent, and no earlier. */
export class DroppedGroup {
  readonly name: string;
  readonly #open: (name: string) => Promise<string>;
  #id: Promise<string> | null = null;
  /** Its id, once there is one. */
  known: string | null = null;

  constructor(name: string, open: (name: string) => Promise<string>, known: string | null = null) {
    this.name = name;
    this.#open = open;
    this.known = known;
  }

  /** Opens it if need be; what failed is tried again by the next file. */
  async id(): Promise<string> {
    if (this.known !== null) return this.known;
    this.#id ??= this.#open(this.name).finally(() => (this.#id = null));
    return (this.known = await this.#id);
  }
}

/** One group for each folder of a drop; loose files go where the person is, if that is a group. */
export function groupsOfDrop(open: (name: string) => Promise<string>, here: DroppedGroup | null): (folder: string) => DroppedGroup | null {
  const groups = new Map<string, DroppedGroup>();
  return (folder) => {
    if (here || folder === "") return here;
    const group = groups.get(folder) ?? new DroppedGroup(folder, open);
    groups.set(folder, group);
    return group;
  };
}
