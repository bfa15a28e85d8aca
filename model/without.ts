/** The list without each such item. One that has none is given back as it is; of a long one, nothing is asked of each item. */
export function without<Item>(list: readonly Item[], item: Item): readonly Item[] {
  const at = list.indexOf(item);
  return at < 0 ? list : without(list.toSpliced(at, 1), item);
}
