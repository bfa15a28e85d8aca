/** What is wrong with a wiring before a single step: names that are none, names that stand for two things, empty parts. */
import type { AnyStateMachine } from "xstate";
import type { Message } from "./json.ts";
import { canonical } from "./kernel/canon.ts";
import { nearestOf } from "./nearest.ts";
import { permuteName, transpositions } from "./permute.ts";
import { ModelError, type SystemDefinition } from "./wiring.ts";

const UNHANDLED: readonly string[] = ["block", "error", "drop"];
const WHEN_FULL: readonly string[] = ["block", "drop"];
const DEADLOCKS: readonly string[] = ["forbidden", "allowed"];

/** @throws ModelError */
export function checkWiring(definition: SystemDefinition): void {
  const { name, components, deadlock = "forbidden" } = definition;
  const names = Object.keys(components);
  if (!DEADLOCKS.includes(deadlock))
    throw new ModelError(`In the system "${name}" deadlock is "${deadlock}".${nearestOf(deadlock, DEADLOCKS)}`);
  if (names.length === 0) throw new ModelError(`The system "${name}" has no components: there is nothing to search.`);
  // Components often share a list of events, and the list may have thousands.
  const lists = new Set<readonly Message[]>();
  for (const component of names) {
    checkName("component", component);
    checkComponent(component, definition, lists);
  }
  checkChannels(definition);
  checkRoutes(definition);
  checkPrologue(definition);
  checkFairness(definition);
  checkSymmetry(definition);
}

/** Names are keys of tables and parts of keys and messages: an empty one, or one with these characters, could be two. */
function checkName(what: string, name: string): void {
  if (name === "" || /[\s"{}]/.test(name))
    throw new ModelError(
      `A ${what} is named ${JSON.stringify(name)}; a name must not be empty or contain spaces, quotes or braces.`,
    );
}

function checkComponent(name: string, { components }: SystemDefinition, lists: Set<readonly Message[]>): void {
  const { machine, role, events = [] } = components[name]!;
  checkName("role", role);
  if ((machine as Partial<AnyStateMachine> | undefined)?.root === undefined)
    throw new ModelError(`The component "${name}" has no machine; createMachine() of XState makes one.`);
  checkStates(machine);
  if (lists.has(events)) return;
  lists.add(events);
  const seen = new Set<string>();
  for (const event of events) {
    const text = canonical(event);
    if (seen.has(text)) throw new ModelError(`"${name}" lists its event ${text} twice; each must stand there once.`);
    seen.add(text);
  }
}

/** A word that is none would count as one of them. */
function checkWord(what: string, word: string, words: readonly string[]): void {
  if (!words.includes(word))
    throw new ModelError(
      `${what} is "${word}"; it must be one of ${words.join(", ")}.${nearestOf(String(word), words)}`,
    );
}

const checked = new WeakSet<AnyStateMachine>();

/** States are told apart by their names joined with ".", ":" and " ": a name with one of these could be two states. */
function checkStates(machine: AnyStateMachine): void {
  if (checked.has(machine)) return;
  const walk = ({ states }: { readonly states: object }): void => {
    for (const [key, node] of Object.entries(states)) {
      if (key === "" || /[.:\s]/.test(key))
        throw new ModelError(
          `Machine "${machine.id}" has a state named ${JSON.stringify(key)}; a name must not be empty or contain ".", ":" or space, which join the names of nested states.`,
        );
      walk(node as { readonly states: object });
    }
  };
  walk(machine.root);
  checked.add(machine);
}

function checkChannels({ components, channels = {} }: SystemDefinition): void {
  for (const [name, { to, capacity, role, whenFull, unhandled }] of Object.entries(channels)) {
    checkName("channel", name);
    if (role !== undefined) checkName("role", role);
    if (Object.hasOwn(components, name))
      throw new ModelError(`"${name}" is both a component and a channel; each must have a name of its own.`);
    if (typeof to === "string" && !Object.hasOwn(components, to))
      throw new ModelError(
        `Channel "${name}" leads to "${to}", which is not a component.${nearestOf(to, Object.keys(components))}`,
      );
    if (!Number.isInteger(capacity) || capacity < 1)
      throw new ModelError(`Channel "${name}" has capacity ${capacity}; it must be a whole number of at least 1.`);
    checkWord(`whenFull of channel "${name}"`, whenFull, WHEN_FULL);
    checkWord(`unhandled of channel "${name}"`, unhandled, UNHANDLED);
  }
}

/** Where a route leads to is asked when it is taken: senders and receivers of a route may be absent from a system. */
function checkRoutes({ routes }: SystemDefinition): void {
  const taken = new Set<string>();
  for (const route of routes) {
    const { from, types } = route;
    if (route.kind === "call")
      checkWord(`unhandled of the route for "${types.join(" ")}" from role "${from}"`, route.unhandled, UNHANDLED);
    for (const type of types) {
      const key = `${from}\n${type}`;
      if (taken.has(key)) throw new ModelError(`Two routes for "${type}" emitted by role "${from}".`);
      taken.add(key);
    }
  }
}

function checkPrologue({ name, components, channels = {}, prologue = [] }: SystemDefinition): void {
  for (const action of prologue) {
    const [what, part, names] =
      action.kind === "event"
        ? (["component", action.component, components] as const)
        : (["channel", action.channel, channels] as const);
    if (!Object.hasOwn(names, part))
      throw new ModelError(
        `The prologue of "${name}" names "${part}", which is not a ${what}.${nearestOf(part, Object.keys(names))}`,
      );
  }
}

const KINDS: readonly string[] = ["weak", "strong"];

function checkFairness({ fairness = {} }: SystemDefinition): void {
  for (const [group, classes] of Object.entries(fairness)) {
    const seen = new Set<string>();
    for (const { name, kind } of classes) {
      if (!KINDS.includes(kind))
        throw new ModelError(`The fairness class "${name}" is of kind "${kind}".${nearestOf(kind, KINDS)}`);
      const text = `${name} (${kind})`;
      if (seen.has(text)) throw new ModelError(`The fairness group "${group}" has two classes named ${text}.`);
      seen.add(text);
    }
  }
}

function checkSymmetry({ components, channels = {}, symmetry = {} }: SystemDefinition): void {
  const names = [...Object.keys(components), ...Object.keys(channels)];
  for (const [sort, { size, component }] of Object.entries(symmetry)) {
    if (!Number.isInteger(size) || size < 1)
      throw new ModelError(`The sort "${sort}" has ${size} values; it must be a whole number of at least 1.`);
    if (!component) continue;
    for (const permutation of transpositions(size).slice(0, size - 1)) {
      const came = new Map<string, string>();
      for (const name of names) {
        const there = permuteName(name, { symmetry }, { [sort]: permutation });
        if (!names.includes(there))
          throw new ModelError(
            `The sort "${sort}" puts "${name}" in the place of "${there}", which is neither a component nor a channel.${nearestOf(there, names)}`,
          );
        const other = came.get(there);
        if (other !== undefined)
          throw new ModelError(`The sort "${sort}" puts both "${other}" and "${name}" in the place of "${there}".`);
        came.set(there, name);
      }
    }
  }
}
