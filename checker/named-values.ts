/**
 * Values by name, of which many copies are kept that differ in few values: all copies share the names. A Map of seventy entries
 * takes four kilobytes, and a walk through a long trace keeps thousands of them.
 */
export class NamedValues<Value> implements ReadonlyMap<string, Value> {
  // Not private names: whoever compares two states compares these.
  readonly places: ReadonlyMap<string, number>;
  readonly all: Value[];

  private constructor(places: ReadonlyMap<string, number>, all: Value[]) {
    this.places = places;
    this.all = all;
  }

  /** The names are given once; none comes later. */
  static of<V>(entries: readonly (readonly [string, V])[]): NamedValues<V> {
    const places = new Map(entries.map(([name], place) => [name, place]));
    if (places.size < entries.length) throw new RangeError("A name is given twice.");
    return new NamedValues(
      places,
      entries.map(([, value]) => value),
    );
  }

  copy(): NamedValues<Value> {
    return new NamedValues(this.places, this.all.slice());
  }

  /** Changes this copy. */
  set(name: string, value: Value): this {
    const place = this.places.get(name);
    if (place === undefined) throw new RangeError(`There is no "${name}".`);
    this.all[place] = value;
    return this;
  }

  get size(): number {
    return this.all.length;
  }

  has(name: string): boolean {
    return this.places.has(name);
  }

  get(name: string): Value | undefined {
    const place = this.places.get(name);
    return place === undefined ? undefined : this.all[place];
  }

  keys(): MapIterator<string> {
    return this.places.keys();
  }

  values(): MapIterator<Value> {
    return this.all.values();
  }

  *entries(): MapIterator<[string, Value]> {
    for (const [name, place] of this.places) yield [name, this.all[place]!];
  }

  [Symbol.iterator](): MapIterator<[string, Value]> {
    return this.entries();
  }

  forEach(told: (value: Value, name: string, map: ReadonlyMap<string, Value>) => void): void {
    for (const [name, place] of this.places) told(this.all[place]!, name, this);
  }
}
