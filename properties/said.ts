/** What the machines leave unsaid: of the systems of the suite, every machine, state, event and message. */
import type { AnyStateMachine, AnyMachineSnapshot } from "xstate";
import { startExhaustive } from "../checker/explore/exhaustive.ts";
import { eventTold, everyOrigin, filled, messageSaid, metaOf, stepSaid } from "../checker/said.ts";
import type { Json, Message } from "../checker/json.ts";
import { defineSystem, type System } from "../checker/system.ts";
import type { Core } from "../checker/kernel/core.ts";

/** By machine: what it does not say, each once, in order of discovery. */
export type Silences = Map<AnyStateMachine, Set<string>>;

const isFilled = (text: string): boolean => !/\{[\w.]+\}/.test(text);

/** A phrase stands after the name of a function, so that it neither begins nor ends a sentence. */
function notAPhrase(text: string): string | undefined {
  if (text.trim() !== text || text === "") return "is empty or has blanks around it";
  if (text.endsWith(".")) return "ends with a full stop";
  return text.length > 110 ? "is longer than 110 characters" : undefined;
}

/** What the machine itself and its states do not say. */
export function silencesOfMachine(machine: AnyStateMachine): readonly string[] {
  const found: string[] = [];
  const described = (what: string, text: string | undefined): void => {
    if (text === undefined) found.push(`${what} has no description`);
    else {
      const wrong = notAPhrase(text);
      if (wrong !== undefined) found.push(`${what} ${wrong}: "${text}"`);
    }
  };
  const meta = metaOf(machine);
  if (!meta) found.push("the machine has no meta.origin");
  else if (typeof meta.lane !== "string") found.push("the machine has no meta.lane");
  const visit = (node: AnyStateMachine["root"]): void => {
    const path = node.path.join(".");
    described(path === "" ? "the machine" : `state ${path}`, node.description);
    for (const child of Object.values(node.states)) visit(child);
  };
  visit(machine.root);
  return found;
}

/** What the steps of the system do not say that a search of some states meets. */
function ofSteps(core: Core, add: (machine: AnyStateMachine, what: string) => void): void {
  const { components, componentNames } = core.system;
  const spontaneous = componentNames.map((name) => new Set(components[name]!.events?.map(({ type }) => type)));
  for (const { slot, local, event, outcome } of core.cells()) {
    if (!outcome || slot >= componentNames.length) continue;
    const { machine } = components[componentNames[slot]!]!;
    const snapshot = core.locals[slot]!.values[local] as AnyMachineSnapshot;
    const message = core.events.values[event] as Message;
    if (spontaneous[slot]!.has(message.type)) {
      const said = stepSaid(machine, snapshot, message);
      if (!said) add(machine, `event ${message.type} has no description`);
      else if (!isFilled(said.text))
        add(machine, `event ${message.type} names a field that it has not: "${said.text}"`);
      else {
        const wrong = notAPhrase(eventTold(machine, message.type)!.description!);
        if (wrong !== undefined) add(machine, `event ${message.type} ${wrong}`);
      }
    }
    for (const { message: emitted } of outcome.emitted) {
      const said = messageSaid(machine, snapshot, message, emitted);
      if (!said) add(machine, `message ${emitted.type} has no words`);
      else if (!isFilled(said.text))
        add(machine, `message ${emitted.type} names a field that it has not: "${said.text}"`);
      else {
        const wrong = notAPhrase(said.text);
        if (wrong !== undefined) add(machine, `message ${emitted.type} ${wrong}`);
      }
    }
  }
}

const fieldsOf = (input: Json | undefined) =>
  (typeof input === "object" && input !== null && !Array.isArray(input) ? input : {}) as {
    readonly [name: string]: Json;
  };

/** What the machines of the systems leave unsaid, as far as searches of `states` states each meet it. */
export function silencesOf(systems: Iterable<System>, states: number): Silences {
  const found: Silences = new Map();
  const add = (machine: AnyStateMachine, what: string): void => void found.get(machine)!.add(what);
  for (const system of systems) {
    for (const { machine, input } of Object.values(system.components)) {
      if (!found.has(machine)) found.set(machine, new Set(silencesOfMachine(machine)));
      const lane = metaOf(machine)?.lane;
      if (lane !== undefined && !isFilled(filled(lane, [fieldsOf(input)])))
        add(machine, `the lane names a field that the input has not: "${lane}"`);
    }
    const search = startExhaustive(defineSystem({ ...system, properties: [] }), {
      maxStates: states,
      symmetry: false,
      keepGraph: false,
    });
    while (search.advance(1 << 14));
    ofSteps(search.core, add);
  }
  return found;
}

/** Every origin that a machine names: of itself, of its states, transitions and messages. */
export function originsOf(machine: AnyStateMachine) {
  const meta = metaOf(machine);
  const found = Object.values(meta?.messages ?? {}).map(({ origin }) => origin);
  const visit = (node: AnyStateMachine["root"]): void => {
    found.push((node.meta as typeof meta)?.origin);
    for (const transitions of node.transitions.values())
      for (const { meta: own } of transitions) found.push((own as typeof meta | undefined)?.origin);
    for (const child of Object.values(node.states)) visit(child);
  };
  visit(machine.root);
  return found.flatMap((origin) => (origin ? everyOrigin(origin) : []));
}
