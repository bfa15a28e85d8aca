/** What is told of each bug that the model can say: properties/defects, its setting, and what its sources stand for. */
import type { Defect } from "../../properties/defects/defect.ts";
import { defectSubjects } from "../../properties/defects/index.ts";
import { settingOf } from "../../properties/defects/setting.ts";
import { catalogue } from "../../properties/catalogue/index.ts";
import type { CitedSource, DefectEntry } from "../../reports/defects.ts";
import { checkCommand } from "../../reports/lost.ts";
import { sourceFacts } from "../dictionary/source-facts.ts";

/** A list that has an id of another list too is named before it: "hardware I7", "IOPF core L5". */
const LISTS: readonly (readonly [prefix: string, under: string])[] = [
  ["hardware ", "Hardware facts"],
  ["IOPF core ", "IOPF core facts"],
  ["VFIO facts ", "VFIO facts"],
];

/** @throws Error for an id that docs/sources.md does not have. */
function citedSource(id: string): CitedSource {
  if (id.startsWith("docs/") || id.startsWith("message ")) return { id };
  if (id.startsWith("changelog "))
    return { id, text: `Debian's kernel changelog, update to ${id.slice("changelog ".length)}.` };
  const list = LISTS.find(([prefix]) => id.startsWith(prefix));
  const bare = list === undefined ? id : id.slice(list[0].length);
  const found =
    sourceFacts().find((fact) => fact.id === id) ??
    sourceFacts().find((fact) => fact.id === bare && (list === undefined || fact.under.includes(list[1])));
  if (!found) throw new Error(`docs/sources.md has no ${id}`);
  return { id, text: found.text };
}

/** The `sometimes` on which the claims rest. */
function situationsOf(ids: readonly string[]): readonly string[] {
  const witnesses = catalogue.flatMap((one) =>
    ids.includes(one.id) && one.kind !== "sometimes" && one.witness !== undefined ? [one.witness] : [],
  );
  return [...new Set(witnesses)];
}

const settingWords = ({ when, on: { system } }: ReturnType<typeof settingOf>): string =>
  [system, ...Object.entries(when).map(([knob, value]) => `--set ${knob}=${String(value)}`)].join(" ");

function entryOf(defect: Defect, subject: string): DefectEntry {
  const { shownBy: _shownBy, knobs: _knobs, off: _off, breaks: _breaks, sources, trees = {}, ...told } = defect;
  const setting = settingOf(defect);
  return {
    ...told,
    subject,
    sources: sources.map(citedSource),
    trees,
    system: setting.on.system,
    setting: settingWords(setting),
    reason: setting.reason,
    command: checkCommand(setting.on),
    breaks: setting.breaks,
    situations: situationsOf(setting.breaks),
  };
}

let made: readonly DefectEntry[] | undefined;

export const defectEntries = (): readonly DefectEntry[] =>
  (made ??= defectSubjects.flatMap(({ title, defects }) => defects.map((defect) => entryOf(defect, title))));
