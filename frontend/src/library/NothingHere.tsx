import { Link } from "../app/router";
import { Empty } from "../ui/Empty";
import { everything, hrefOf, type ShelfName } from "./place";

export function NothingHere({ shelf, narrowed }: { shelf: ShelfName; narrowed: boolean }) {
  if (narrowed) {
    return (
      <Empty icon="search" title="No asset matches">
        <Link href={hrefOf(shelf, everything(shelf))} className="button">Show all</Link>
      </Empty>
    );
  }
  if (shelf === "trash") return <Empty icon="trash" title="The trash is empty">What is moved here stays and can be restored.</Empty>;
  return (
    <Empty icon="unity_package" title="The library is empty">
      <Link href="/" className="button primary">Upload something</Link>
    </Empty>
  );
}
