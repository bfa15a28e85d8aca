/** The path that the user walks, with what was walked before: every change can be undone. */
import type { Path } from "../protocol.ts";

export interface Place {
  readonly path: Path;
  /** The point that is shown: after so many steps. */
  readonly at: number;
}

export const BEGIN: Place = { path: { steps: [], watch: "" }, at: 0 };

export class Walk {
  #now: Place = BEGIN;
  #before: readonly Place[] = [];
  #after: readonly Place[] = [];

  get now(): Place {
    return this.#now;
  }
  get canUndo(): boolean {
    return this.#before.length > 0;
  }
  get canRedo(): boolean {
    return this.#after.length > 0;
  }

  /** Another path, or another watched property. */
  change(to: Place): void {
    this.#before = [...this.#before, this.#now];
    this.#after = [];
    this.#now = to;
  }

  /** Begins again, with nothing to undo. */
  reset(to: Place): void {
    this.#now = to;
    this.#before = this.#after = [];
  }

  /** Takes a step at the point that is shown: what came after it is left, and can be had back with undo. */
  take(action: number): void {
    const { path, at } = this.#now;
    const { loop: _, ...rest } = path;
    this.change({ path: { ...rest, steps: [...path.steps.slice(0, at), action] }, at: at + 1 });
  }

  /** Shows another point of the same path. */
  go(at: number): void {
    const { path } = this.#now;
    this.#now = { path, at: Math.max(0, Math.min(path.steps.length, at)) };
  }

  undo(): void {
    const last = this.#before.at(-1);
    if (!last) return;
    this.#after = [this.#now, ...this.#after];
    this.#before = this.#before.slice(0, -1);
    this.#now = last;
  }

  redo(): void {
    const [next, ...others] = this.#after;
    if (!next) return;
    this.#before = [...this.#before, this.#now];
    this.#after = others;
    this.#now = next;
  }
}
