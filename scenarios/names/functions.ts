/** Kernel functions: which are defined where, what machines say of them, and which sentences name them. */
import { everyOrigin, type Origin } from "../../checker/said.ts";
import { definitions, functionsNamedIn, type Definition } from "./functions-named.ts";
import type { MachineEntry } from "./machines.ts";
import { mentions, type Mention } from "./mentions.ts";
import type { Fact } from "./facts.ts";

/** What a machine says of a function. `named`: its file names it, and no part of the machine says that it is that function. */
export interface FunctionUse {
  readonly machine: MachineEntry;
  readonly as: "machine" | "state" | "step" | "message" | "named";
  /** Of a state, a step or a message. */
  readonly name?: string;
  /** What that does: "unpins page {page}". */
  readonly text?: string;
  readonly origin?: Origin;
}

export interface FunctionEntry {
  /** Without brackets; an ioctl or a macro as it is written. */
  readonly name: string;
  readonly definedIn: readonly Definition[];
  /** What says the most comes first. */
  readonly uses: readonly FunctionUse[];
  /** Sentences of properties, knobs, questions and others that name it. */
  readonly mentions: readonly Mention[];
}

const ORDER = ["machine", "step", "message", "state", "named"] as const;

function usesOf(machine: MachineEntry): readonly (readonly [string, FunctionUse])[] {
  const of = (origin: Origin, use: Omit<FunctionUse, "machine" | "origin">) =>
    (origin.functions ?? []).map((name) => [name, { ...use, machine, origin }] as const);
  const parts = [
    ["state", machine.states],
    ["step", machine.takes],
    ["message", machine.sends],
  ] as const;
  const said = [
    ...(machine.origin ? everyOrigin(machine.origin) : []).flatMap((origin) =>
      of(origin, { as: "machine", ...(machine.text !== undefined && { text: machine.text }) }),
    ),
    ...parts.flatMap(([as, list]) =>
      list.flatMap(({ name, text, origins }) =>
        origins.flatMap((origin) => of(origin, { as, name, ...(text !== undefined && { text }) })),
      ),
    ),
  ];
  const names = new Set(said.map(([name]) => name));
  const others = machine.named.filter((name) => !names.has(name));
  return [...said, ...others.map((name) => [name, { machine, as: "named" }] as const)];
}

/** By name: every function that a list of symbols, a machine or a sentence has. */
export function functionsOfAll(
  machines: readonly MachineEntry[],
  facts: readonly Fact[],
): ReadonlyMap<string, FunctionEntry> {
  const uses = new Map<string, FunctionUse[]>();
  for (const [name, use] of machines.flatMap(usesOf)) uses.set(name, [...(uses.get(name) ?? []), use]);
  const named = new Map<string, Mention[]>();
  for (const mention of mentions(facts))
    for (const name of functionsNamedIn(mention.text)) named.set(name, [...(named.get(name) ?? []), mention]);
  const names = [...new Set([...definitions().keys(), ...uses.keys(), ...named.keys()])].sort();
  return new Map(
    names.map((name) => [
      name,
      {
        name,
        definedIn: definitions().get(name) ?? [],
        uses: [...(uses.get(name) ?? [])].sort((a, b) => ORDER.indexOf(a.as) - ORDER.indexOf(b.as)),
        mentions: named.get(name) ?? [],
      },
    ]),
  );
}
