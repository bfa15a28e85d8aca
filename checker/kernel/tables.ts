/** Tables of small integers that grow: what the step table of a core is made of. */

/** A cell that was never filled. */
export const UNKNOWN = 0;

/** A growing flat table of integers. */
export class Ints {
  data = new Int32Array(1024);
  length = 0;
  push(value: number): void {
    if (this.length === this.data.length) {
      const wider = new Int32Array(this.data.length * 2);
      wider.set(this.data);
      this.data = wider;
    }
    this.data[this.length++] = value;
  }
}

/** What one component does: cells (snapshot, event) -> outcome number, filled on demand. */
export class Rows {
  stride = 64;
  cells = new Int32Array(64 * 64);

  at(local: number, event: number): number {
    return event < this.stride ? this.cells[local * this.stride + event]! : UNKNOWN;
  }

  set(local: number, event: number, cell: number): void {
    if (event >= this.stride)
      this.#resize(this.cells.length / this.stride, this.stride * 2 ** Math.ceil(Math.log2((event + 1) / this.stride)));
    if ((local + 1) * this.stride > this.cells.length)
      this.#resize(Math.max(local + 1, (2 * this.cells.length) / this.stride), this.stride);
    this.cells[local * this.stride + event] = cell;
  }

  #resize(rows: number, stride: number): void {
    const wider = new Int32Array(rows * stride);
    for (let row = 0; row * this.stride < this.cells.length; row++)
      wider.set(this.cells.subarray(row * this.stride, (row + 1) * this.stride), row * stride);
    this.cells = wider;
    this.stride = stride;
  }
}
