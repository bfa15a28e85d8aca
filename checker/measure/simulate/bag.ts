/** A short list in the order in which things came. It keeps its room: an array that becomes empty gives its room back. */
export class Bag<T> {
  readonly items: T[] = [];
  /** The first ones count. */
  count = 0;

  add(item: T): void {
    this.items[this.count++] = item;
  }

  /** It is there. */
  remove(item: T): void {
    const { items } = this;
    let at = 0;
    while (items[at] !== item) at++;
    this.count--;
    for (; at < this.count; at++) items[at] = items[at + 1]!;
  }

  list(): readonly T[] {
    return this.items.slice(0, this.count);
  }
}
