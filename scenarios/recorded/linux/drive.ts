/**
 * What the adapters of Linux recordings share: a system driven one step at a time, and the comparison of what it says
 * with what was recorded. No rule of Linux is in here.
 */
import type { Json, Message } from "../../../checker/json.ts";
import { canonical } from "../../../checker/kernel/canon.ts";
import { UnhandledMessage, type System } from "../../../checker/system.ts";
import { initialState, seen, take, type GlobalState, type Taken, type Transfer } from "../../../checker/simulation.ts";
import type { Replay } from "../conformance.ts";
import { RulesTaken } from "../rules-taken.ts";

export type Op = { readonly op: string; readonly [field: string]: Json };
export type RecordedEvent = { readonly i: number; readonly ev: string; readonly [field: string]: Json };
export type Recording = {
  readonly kernel: string;
  readonly class: string;
  readonly ops: readonly Op[];
  readonly events: readonly RecordedEvent[];
};

/** A system and the state it is in. Each step tells `hear` how its messages travelled, in order. */
export class Drive {
  readonly system: System;
  readonly hear: (transfer: Transfer) => void;
  readonly rules: RulesTaken;
  state: GlobalState;

  constructor(system: System, hear: (transfer: Transfer) => void) {
    this.system = system;
    this.hear = hear;
    this.rules = new RulesTaken(system);
    this.state = initialState(system);
  }

  /** Whether the component took the event. */
  take(component: string, event: Message): boolean {
    return this.#goTo(take(this.system, this.state, { kind: "event", component, event }));
  }

  /** Whether the component would take the event; nothing happens. */
  canTake(component: string, event: Message): boolean {
    return take(this.system, this.state, { kind: "event", component, event }).taken;
  }

  /** Puts a message into a channel, as somebody outside the system does. */
  post(channel: string, message: Message): void {
    const waiting = this.state.channels.get(channel)!;
    this.state = { ...this.state, channels: new Map(this.state.channels).set(channel, [...waiting, message]) };
  }

  /** Whether the message at the head of the channel was taken. */
  deliver(channel: string): boolean {
    return this.#goTo(take(this.system, this.state, { kind: "deliver", channel }));
  }

  #goTo(taken: Taken): boolean {
    if (!taken.taken) return false;
    this.state = taken.state;
    this.rules.see(taken.chosen);
    taken.transfers.forEach(this.hear);
    return true;
  }

  waiting(channel: string): readonly Message[] {
    return this.state.channels.get(channel)!;
  }

  /** Takes the first step that the component can take, and says which it was. */
  takeOne(component: string, steps: readonly Message[]): Message | undefined {
    return steps.find((event) => this.take(component, event));
  }

  context<T>(component: string): T {
    return this.state.snapshots.get(component)!.context as T;
  }

  stateName(component: string): string {
    return seen(this.state, component).state;
  }

  before(): Json {
    return Object.fromEntries(
      this.system.componentNames.map((name) => {
        const { state, context } = seen(this.state, name);
        return [name, { state, context }];
      }),
    );
  }
}

/** A number that a recording may leave out. */
export const numberOrNull = (value: Json | undefined): number | null => (typeof value === "number" ? value : null);

/** The queues that a sequence names, ascending. */
export const queuesOf = ({ ops }: Recording): readonly number[] =>
  [...new Set(ops.flatMap(({ q }) => (typeof q === "number" ? [q] : [])))].sort((a, b) => a - b);

/**
 * Events in which the harness that recorded speaks, and not the kernel: of an operation that it did not carry out, of a
 * queue without work, and of a request that its hardware drops. They must be equal, and count as no agreement.
 */
const OF_HARNESS: readonly string[] = ["skip", "idle", "hw_drop"];

const harnessSays = ({ ev, why }: { readonly ev?: Json; readonly why?: Json }): string =>
  why === undefined ? String(ev) : `${String(ev)}: ${String(why)}`;

const nameOf = (event: Json): string => String((event as { readonly ev?: Json }).ev);

/** What was not recorded at all, whatever happened: events of these names, and these fields of the others. */
export interface Unrecorded {
  readonly events: readonly string[];
  readonly fields?: readonly string[];
}

const withoutFields = (event: Json, fields: readonly string[]): Json =>
  Object.fromEntries(
    Object.entries(event as { readonly [name: string]: Json }).filter(([name]) => !fields.includes(name)),
  );

/** A sequence in progress. */
export interface Performer {
  readonly drive: Drive;
  readonly perform: (op: Op) => readonly Json[];
  /** Events that follow from what the harness states by itself, and what that is. */
  readonly ofHarness?: ReadonlyMap<Json, string>;
}

/** A message that the machines cannot take is a difference too: the recorded code went on. */
function performed(run: Performer, operation: Op): readonly Json[] {
  try {
    return run.perform(operation);
  } catch (error) {
    if (error instanceof UnhandledMessage) return [{ ev: "stuck", why: error.message }];
    throw error;
  }
}

/** One operation after the other, until the first difference: what follows one is noise. */
export function compare(
  { ops, events }: Recording,
  start: (init: Op) => Performer,
  { events: unrecorded, fields = [] }: Unrecorded = { events: [] },
): Replay {
  const [init] = ops;
  if (!init) return leftOut("no operations");
  const run = start(init);
  const { rules } = run.drive;
  const expectedOf = ops.map((): Json[] => []);
  for (const { i, ...event } of events) expectedOf[i]?.push(event);
  const outOfScope: Record<string, number> = {};
  const ofHarness: Record<string, number> = {};
  let compared = 0;
  for (const [index, operation] of ops.entries()) {
    const expected = expectedOf[index]!;
    const before = run.drive.state;
    const said = performed(run, operation);
    const got = said
      .filter((event) => !unrecorded.includes(nameOf(event)))
      .map((event) => withoutFields(event, fields));
    let stated = 0;
    for (const event of said) {
      const why = run.ofHarness?.get(event);
      if (why === undefined) continue;
      stated += 1;
      ofHarness[why] = (ofHarness[why] ?? 0) + 1;
    }
    for (const event of said)
      if (unrecorded.includes(nameOf(event))) {
        const reason = `${nameOf(event)}: an event of the model that the recordings do not have`;
        outOfScope[reason] = (outOfScope[reason] ?? 0) + 1;
      }
    for (const event of expected as { readonly ev?: Json; readonly why?: Json }[])
      if (OF_HARNESS.includes(String(event.ev))) {
        stated += 1;
        ofHarness[harnessSays(event)] = (ofHarness[harnessSays(event)] ?? 0) + 1;
      }
    // What only one of the two says is a difference, and so it was compared.
    compared += Math.max(0, Math.max(expected.length, got.length) - stated);
    if (canonical(expected) !== canonical(got)) {
      run.drive.state = before;
      const difference = { index, operation, expected, got: [...got], before: run.drive.before() };
      return { operations: index + 1, compared, differences: [difference], outOfScope, ofHarness, rules };
    }
  }
  return { operations: ops.length, compared, differences: [], outOfScope, ofHarness, rules };
}

/** A sequence that is left out as a whole. */
export const leftOut = (reason: string): Replay => ({
  operations: 0,
  compared: 0,
  differences: [],
  ofHarness: {},
  outOfScope: { [reason]: 1 },
});
