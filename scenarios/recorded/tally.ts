/** What the replays of many sequences add up to: by file and class, and by the file of each machine. */
import type { ReplayedClass, ReplayedRules } from "../../checker/replay-record.ts";
import type { Component } from "../../checker/system.ts";
import { rulesOf, ruleText } from "../../checker/rules.ts";
import { fileOf, type MachineFile } from "../names/machines.ts";
import { UNNAMED_CLASS } from "./classes.ts";
import { sumOf, type Replay, type SoundLine } from "./conformance.ts";

type Machine = Component["machine"];

/** A file of model/machines whose machines were replayed. */
interface RulesOfFile extends ReplayedRules {
  readonly path: string;
}

const nameOf = (path: string): string => path.replace(/^.*[\\/]/, "").replace(/\.jsonl(\.gz)?$/, "");

export class Tally {
  readonly #files: readonly MachineFile[];
  readonly #classes = new Map<string, ReplayedClass>();
  /** Of each file: whether a rule was taken, by machine and text. A knob can give a machine other rules. */
  readonly #rules = new Map<string, Map<string, { readonly text: string; taken: boolean }>>();
  /** Machines of which no file is known, by id. */
  readonly homeless = new Set<string>();

  constructor(files: readonly MachineFile[]) {
    this.#files = files;
  }

  see({ file, value }: SoundLine, replay: Replay): void {
    const { class: named, events } = value as { readonly class?: string; readonly events?: readonly unknown[] };
    const name = nameOf(file);
    const key = `${name} ${named ?? UNNAMED_CLASS}`;
    const before = this.#classes.get(key);
    const isReplayed = replay.operations > 0 || replay.differences.length > 0;
    const recorded = events?.length ?? 0;
    this.#classes.set(key, {
      file: name,
      class: named ?? UNNAMED_CLASS,
      sequences: (before?.sequences ?? 0) + 1,
      replayed: (before?.replayed ?? 0) + (isReplayed ? 1 : 0),
      operations: (before?.operations ?? 0) + replay.operations,
      recorded: (before?.recorded ?? 0) + recorded,
      leftOut: (before?.leftOut ?? 0) + (isReplayed ? 0 : recorded),
      compared: (before?.compared ?? 0) + replay.compared,
      differences: (before?.differences ?? 0) + replay.differences.length,
      ofHarness: sumOf(before?.ofHarness ?? {}, replay.ofHarness ?? {}),
      outOfScope: sumOf(before?.outOfScope ?? {}, replay.outOfScope),
    });
    for (const [machine, taken] of replay.rules?.of ?? []) this.#note(machine, taken);
  }

  #note(machine: Machine, taken: ReadonlySet<object>): void {
    const path = fileOf(machine, this.#files)?.path;
    if (path === undefined) return void this.homeless.add(machine.id);
    const rules = this.#rules.get(path) ?? new Map<string, { text: string; taken: boolean }>();
    this.#rules.set(path, rules);
    for (const rule of rulesOf(machine)) {
      const text = ruleText(machine, rule);
      const known = rules.get(`${machine.id} ${text}`) ?? { text, taken: false };
      known.taken ||= taken.has(rule.transition);
      rules.set(`${machine.id} ${text}`, known);
    }
  }

  /** In the order of the recordings. */
  get classes(): readonly ReplayedClass[] {
    return [...this.#classes.values()];
  }

  get rules(): readonly RulesOfFile[] {
    return [...this.#rules]
      .map(([path, rules]) => {
        const all = [...rules.values()];
        const never = all.filter(({ taken }) => !taken).map(({ text }) => text);
        return { path, rules: all.length, taken: all.length - never.length, never };
      })
      .sort((a, b) => (a.path < b.path ? -1 : 1));
  }
}
