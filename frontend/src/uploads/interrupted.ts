import { isGone, type Tus } from "../wire/tus";
import type { Shelf } from "./shelf";

const AT_MOST = 50;

/** Asks the server how far the remembered uploads are, and forgets those that it does not know or has whole. */
export async function checkInterrupted(shelf: Shelf, tus: Pick<Tus, "look">): Promise<void> {
  await shelf.refresh();
  for (const { print, url, size, partSize } of shelf.interrupted.get().slice(0, AT_MOST)) {
    try {
      const { offset, expires } = await tus.look(url);
      if (offset === size) shelf.forget(print);
      else shelf.note(print, { expires, ...(!partSize && { stored: offset }) }); // parts lie in any order: no offset counts them
    } catch (error) {
      if (!isGone(error)) return; // no answer, no news
      shelf.forget(print);
    }
  }
  await shelf.refresh();
}

/** Ends remembered uploads on the server too: nobody will send the rest of them. */
export async function endInterrupted(shelf: Shelf, tus: Pick<Tus, "end">): Promise<void> {
  for (const { print, url } of shelf.interrupted.get()) {
    await tus.end(url);
    shelf.forget(print);
  }
}
