/** Which machines stand for which file of the kernel: the table of docs/architecture.md. */
import type { AnyStateMachine } from "xstate";
import { metaOf } from "../checker/said.ts";
import { originsOf } from "./said.ts";

export interface Home {
  /** Below model/machines. */
  readonly file: string;
  readonly machine: AnyStateMachine;
}

/** Machines with single steps of a file are told up to so many. */
const MOST = 3;

const kernelFilesOf = (origins: readonly { readonly of: string; readonly at: string }[]): readonly string[] => [
  ...new Set(origins.filter(({ of }) => of.startsWith("Linux ")).map(({ at }) => at)),
];

const code = (files: readonly string[]): string => files.map((file) => `\`${file}\``).join(", ");

/** "`a.ts`, `b.ts`, and 4 more". */
function some(files: readonly string[]): string {
  if (files.length <= MOST + 1) return code(files);
  return `${code(files.slice(0, MOST))}, and ${files.length - MOST} more`;
}

/** The table as Markdown: a line for each kernel file that a machine names, in alphabetical order. */
export function kernelFileTable(homes: readonly Home[]): readonly string[] {
  const whole = new Map<string, Set<string>>();
  const steps = new Map<string, Set<string>>();
  const add = (to: Map<string, Set<string>>, at: string, file: string): void =>
    void to.set(at, (to.get(at) ?? new Set()).add(file));
  for (const { file, machine } of homes) {
    const own = kernelFilesOf([metaOf(machine)?.origin].filter((origin) => origin !== undefined));
    for (const at of own) add(whole, at, file);
    for (const at of kernelFilesOf(originsOf(machine))) if (!own.includes(at)) add(steps, at, file);
  }
  const files = [...new Set([...whole.keys(), ...steps.keys()])].sort();
  return [
    "| kernel file | machines that stand for a part of it | machines with a step of it |",
    "| --- | --- | --- |",
    ...files.map((at) => {
      const machines = [...(whole.get(at) ?? [])].sort();
      const others = [...(steps.get(at) ?? [])].filter((file) => !machines.includes(file)).sort();
      return `| \`${at}\` | ${code(machines)} | ${some(others)} |`;
    }),
  ];
}
