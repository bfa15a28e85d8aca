/** Plain data to small integers and back: the same content gets the same number within one core. */
import type { AnyMachineSnapshot } from "xstate";
import type { Message } from "../json.ts";
import { ModelError } from "../wiring.ts";
import { canonical } from "./canon.ts";
import { stateName } from "./step.ts";

/** Values by canonical text. */
export class Interner<T> {
  readonly values: T[] = [];
  readonly #ids = new Map<string, number>();

  /** The number of the value with this text; `make` is called when it is new. */
  id(text: string, make: () => T): number {
    const known = this.#ids.get(text);
    if (known !== undefined) return known;
    const id = this.values.length;
    this.#ids.set(text, id);
    this.values.push(make());
    return id;
  }

  get size(): number {
    return this.values.length;
  }
}

/** The identity of a snapshot: state value and context. Anything else it could hold is refused. */
export function snapshotText(snapshot: AnyMachineSnapshot): string {
  const name = `Machine "${String(snapshot.machine.id)}"`;
  if (Object.keys(snapshot.children).length > 0) throw new ModelError(`${name} may not have children.`);
  if (Object.keys(snapshot.historyValue).length > 0) throw new ModelError(`${name} may not have history states.`);
  try {
    return textOf(snapshot.value, snapshot.context);
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    const state = stateName(snapshot.value);
    throw new ModelError(`${name}${state === "" ? "" : ` in state "${state}"`}: ${error.message}`);
  }
}

/** The identity of the snapshot with this state value and context. */
export const textOf = (value: unknown, context: unknown): string => `${stateName(value)} ${canonical(context)}`;

export const eventText = (event: Message): string => canonical(event);
