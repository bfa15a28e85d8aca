/** When which clock rings: a binary heap of clocks by their time. Of several at one time, the one with the smallest number is first. */
export class Agenda {
  /** By number of the clock: when it rings. */
  #times = new Float64Array(64);
  /** By number of the clock: its place in the heap, or -1. */
  #places = new Int32Array(64).fill(-1);
  #heap = new Int32Array(64);
  size = 0;

  /** No clock runs. */
  clear(): void {
    this.#places.fill(-1);
    this.size = 0;
  }

  /** The clock that rings next; there is one. */
  get first(): number {
    return this.#heap[0]!;
  }

  timeOf(clock: number): number {
    return this.#times[clock]!;
  }

  has(clock: number): boolean {
    return clock < this.#places.length && this.#places[clock]! >= 0;
  }

  set(clock: number, time: number): void {
    if (clock >= this.#places.length) this.#grow(clock);
    this.#times[clock] = time;
    const place = this.#places[clock]!;
    if (place >= 0) this.#settle(place, clock);
    else this.#rise(this.size++, clock);
  }

  delete(clock: number): void {
    if (!this.has(clock)) return;
    const place = this.#places[clock]!;
    this.#places[clock] = -1;
    const last = this.#heap[--this.size]!;
    if (last !== clock) this.#settle(place, last);
  }

  #isBefore(one: number, other: number): boolean {
    const difference = this.#times[one]! - this.#times[other]!;
    return difference < 0 || (difference === 0 && one < other);
  }

  #settle(place: number, clock: number): void {
    const parent = (place - 1) >> 1;
    if (place > 0 && this.#isBefore(clock, this.#heap[parent]!)) this.#rise(place, clock);
    else this.#sink(place, clock);
  }

  #rise(from: number, clock: number): void {
    let place = from;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      const above = this.#heap[parent]!;
      if (!this.#isBefore(clock, above)) break;
      this.#put(place, above);
      place = parent;
    }
    this.#put(place, clock);
  }

  #sink(from: number, clock: number): void {
    let place = from;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= this.size) break;
      if (child + 1 < this.size && this.#isBefore(this.#heap[child + 1]!, this.#heap[child]!)) child++;
      if (!this.#isBefore(this.#heap[child]!, clock)) break;
      this.#put(place, this.#heap[child]!);
      place = child;
    }
    this.#put(place, clock);
  }

  #put(place: number, clock: number): void {
    this.#heap[place] = clock;
    this.#places[clock] = place;
  }

  #grow(clock: number): void {
    const size = 2 ** Math.ceil(Math.log2(clock + 1));
    const [times, places, heap] = [this.#times, this.#places, this.#heap];
    this.#times = new Float64Array(size);
    this.#times.set(times);
    this.#places = new Int32Array(size).fill(-1);
    this.#places.set(places);
    this.#heap = new Int32Array(size);
    this.#heap.set(heap);
  }
}
