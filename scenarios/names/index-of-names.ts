/**
 * One index from a name to what it stands for: kernel functions, machines, roles, steps and messages, components, and the
 * systems and properties that they belong to. `faultline explain` and `faultline impact` read it.
 */
import { claimsOf, partsOf, type Parts } from "../../properties/build.ts";
import { smallPresets } from "../../properties/one-knob.ts";
import { suite } from "../../properties/suite.ts";
import type { SuiteRun } from "../../properties/suite/run.ts";
import { catalogue } from "../../properties/catalogue/index.ts";
import { departures } from "../../properties/departures/index.ts";
import type { Property } from "../../checker/property.ts";
import type { Scenario } from "../scenario.ts";
import { scenarios } from "../questions/index.ts";
import { factsOf, rowFacts, type Fact } from "./facts.ts";
import { functionsOfAll, type FunctionEntry } from "./functions.ts";
import { machinesOf, type MachineEntry, type MachineFile } from "./machines.ts";
import { once } from "./once.ts";

export type { Fact } from "./facts.ts";
export type { FunctionEntry, FunctionUse } from "./functions.ts";
export type { MachineEntry, MachineFile } from "./machines.ts";

export interface RoleEntry {
  readonly name: string;
  readonly systems: readonly string[];
  readonly machines: readonly MachineEntry[];
  /** Properties that read it, by id. */
  readonly properties: readonly string[];
}

/** A type of event or message: "worker.responds". */
export interface TypeEntry {
  readonly name: string;
  /** Machines whose own step it is. */
  readonly steps: readonly MachineEntry[];
  /** Machines that take it as a message. */
  readonly takenBy: readonly MachineEntry[];
  readonly sentBy: readonly MachineEntry[];
}

/** A component of a system, which is a lane of its charts. */
export interface ComponentEntry {
  readonly name: string;
  readonly system: string;
  readonly role: string;
  readonly machine: MachineEntry;
}

export interface NameIndex {
  readonly facts: readonly Fact[];
  /** Every machine of the suite's systems, in the order of their files. */
  readonly machines: readonly MachineEntry[];
  /** By name without brackets. */
  readonly functions: ReadonlyMap<string, FunctionEntry>;
  readonly roles: ReadonlyMap<string, RoleEntry>;
  readonly types: ReadonlyMap<string, TypeEntry>;
  readonly components: ReadonlyMap<string, readonly ComponentEntry[]>;
  /** The runs of the suite at small bounds, with the parts of each. */
  readonly runs: readonly { readonly run: SuiteRun; readonly parts: Parts }[];
  /** The properties that a system claims in some run of the suite, of a question, or with a deliberate defect; worked out when asked. */
  readonly claims: (system: string) => ReadonlySet<string>;
  /** By property id: the systems that claim it. */
  readonly claimedIn: ReadonlyMap<string, readonly string[]>;
}

/** What the caller has read from its disk. */
export interface NameSources {
  readonly files: readonly MachineFile[];
  /** The text of docs/sources.md. */
  readonly sources: string;
}

const grouped = <Item>(items: readonly (readonly [string, Item])[]): ReadonlyMap<string, readonly Item[]> => {
  const groups = new Map<string, Item[]>();
  for (const [name, item] of items) {
    const group = groups.get(name) ?? [];
    if (!group.includes(item)) group.push(item);
    groups.set(name, group);
  }
  return groups;
};

const readingRole = grouped(
  catalogue.flatMap(({ id, reads }) =>
    Object.values(reads).flatMap(({ select, role }) => (select === "parameters" ? [] : [[role, id] as const])),
  ),
);

function rolesOf(machines: readonly MachineEntry[]): ReadonlyMap<string, RoleEntry> {
  const uses = machines.flatMap((machine) => machine.uses.map((use) => ({ ...use, machine })));
  const having = grouped(uses.map(({ role, machine }) => [role, machine]));
  const within = grouped(uses.map(({ role, system }) => [role, system]));
  const names = [...new Set([...having.keys(), ...readingRole.keys()])].sort();
  return new Map(
    names.map((name) => [
      name,
      {
        name,
        machines: having.get(name) ?? [],
        systems: within.get(name) ?? [],
        properties: readingRole.get(name) ?? [],
      },
    ]),
  );
}

function typesOf(machines: readonly MachineEntry[]): ReadonlyMap<string, TypeEntry> {
  const steps = grouped(machines.flatMap((one) => one.own.map((type) => [type, one] as const)));
  const takenBy = grouped(
    machines.flatMap((one) => one.takes.flatMap(({ name }) => (one.own.includes(name) ? [] : [[name, one] as const]))),
  );
  const sentBy = grouped(
    machines.flatMap((one) => {
      // A machine that says what it sends is believed; of any other, whatever its role sends.
      const types = one.sends.length > 0 ? one.sends.map(({ name }) => name) : one.sent;
      return types.map((type) => [type, one] as const);
    }),
  );
  const names = [...new Set([...steps.keys(), ...takenBy.keys(), ...sentBy.keys()])].sort();
  return new Map(
    names.map((name) => [
      name,
      { name, steps: steps.get(name) ?? [], takenBy: takenBy.get(name) ?? [], sentBy: sentBy.get(name) ?? [] },
    ]),
  );
}

const componentsOf = (machines: readonly MachineEntry[]): ReadonlyMap<string, readonly ComponentEntry[]> =>
  grouped(
    machines.flatMap((machine) =>
      machine.uses.flatMap(({ system, role, components }) =>
        components.map((name) => [name, { name, system, role, machine }] as const),
      ),
    ),
  );

/** By system, the ids of what it claims: each system is asked once. */
function claimedBy(all: readonly Parts[]): NameIndex["claims"] {
  const known = new Map<string, ReadonlySet<string>>();
  const found = (system: string): readonly string[] => [
    ...all.filter(({ name }) => name === system).flatMap((parts) => claimsOf(parts).properties.map(({ id }) => id)),
    ...departures.flatMap(({ breaks, shown }) => (shown.system === system ? breaks : [])),
    ...scenarios.flatMap(({ runs }) =>
      runs.flatMap(({ request, expect }) => (request.system === system ? Object.keys(expect) : [])),
    ),
  ];
  return (system) => {
    const ids = known.get(system) ?? new Set(found(system));
    known.set(system, ids);
    return ids;
  };
}

/** Puts together every run of the suite at small bounds: half a second. */
export function indexOfNames({ files, sources }: NameSources): NameIndex {
  const runs = suite("small").map((run) => ({ run, parts: partsOf(run) }));
  const all = [...runs.map(({ parts }) => parts), ...smallPresets().map(partsOf)];
  const machines = machinesOf(all, files);
  const facts = [...factsOf(sources), ...rowFacts];
  const claims = claimedBy(all);
  const claimedIn = once(() =>
    grouped(
      [...new Set(all.map(({ name }) => name))].flatMap((name) => [...claims(name)].map((id) => [id, name] as const)),
    ),
  );
  return {
    facts,
    machines,
    functions: functionsOfAll(machines, facts),
    roles: rolesOf(machines),
    types: typesOf(machines),
    components: componentsOf(machines),
    runs,
    claims,
    get claimedIn() {
      return claimedIn();
    },
  };
}

/** Properties that read a role of the machine and that a system with the machine in it claims, in catalogue order. */
export function propertiesAbout(index: NameIndex, machine: MachineEntry): readonly Property[] {
  const systems = [...new Set(machine.uses.map(({ system }) => system))];
  const roles = new Set(machine.uses.map(({ role }) => role));
  return catalogue.filter(
    ({ id, reads }) =>
      Object.values(reads).some(({ role }) => roles.has(role)) &&
      systems.some((system) => index.claims(system).has(id)),
  );
}

/** Questions with a run in the system, those that run nothing else first. */
export function scenariosOf(system: string): readonly Scenario[] {
  const share = ({ runs }: Scenario): number =>
    runs.filter(({ request }) => request.system === system).length / runs.length;
  return scenarios.filter((one) => share(one) > 0).sort((a, b) => share(b) - share(a));
}

/** Questions that expect a verdict on the property. */
export const scenariosAbout = (property: string): readonly Scenario[] =>
  scenarios.filter(({ runs }) => runs.some(({ expect }) => Object.hasOwn(expect, property)));
