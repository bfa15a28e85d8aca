/** What docs/conformance.md is made of: the replays, the machine files, and what recorded kernels do that surprised us. */
import { pageOf } from "../reports/book.ts";
import type { ConformanceBook, HeldFile, ShownSurprise } from "../reports/conformance.ts";
import { fileOf, type MachineFile } from "../scenarios/names/machines.ts";
import { scenarios, subjects } from "../scenarios/questions/index.ts";
import { demonstratedMachines, refinedMachines } from "../scenarios/recorded/demonstrated.ts";
import { surprises, type Surprise } from "../scenarios/recorded/surprises.ts";
import type { Tally } from "../scenarios/recorded/tally.ts";

const makesMachine = ({ text }: MachineFile): boolean => text.includes("createMachine(");

function heldFiles(tally: Tally, files: readonly MachineFile[]): readonly HeldFile[] {
  const replayed = new Map(tally.rules.map((rules) => [rules.path, rules]));
  const machineFiles = files.filter(makesMachine);
  const filesOf = (id: string): readonly MachineFile[] => {
    const found = machineFiles.filter(({ text }) => text.includes(`id: "${id}"`));
    if (found.length === 0) throw new Error(`no file makes the machine "${id}"`);
    return found;
  };
  const isRecorded = (id: string): boolean => filesOf(id).every(({ path }) => replayed.has(path));
  const refined = refinedMachines(isRecorded).map((id) => {
    const [file, ...others] = filesOf(id);
    if (!file || others.length > 0) throw new Error(`not one file makes the machine "${id}"`);
    return file;
  });
  const demonstrated = new Set(demonstratedMachines().map((machine) => fileOf(machine, files)?.path));
  return machineFiles.map((file) => {
    const { path } = file;
    const rules = replayed.get(path);
    return {
      path,
      ...(rules && { replayed: rules }),
      isRefined: refined.includes(file),
      isDemonstrated: demonstrated.has(path),
    };
  });
}

function shown({ scenario, ...surprise }: Surprise): ShownSurprise {
  if (scenario === undefined) {
    const file = `scenarios/recorded/data/${surprise.recording}.jsonl.gz`;
    return { ...surprise, command: `npx faultline conform ${file}` };
  }
  if (!scenarios.some(({ id }) => id === scenario)) throw new Error(`no scenario is "${scenario}"`);
  return { ...surprise, command: `npx faultline scenarios ${scenario}`, page: pageOf({ subjects }, scenario) };
}

export const conformanceBook = (tally: Tally, files: readonly MachineFile[]): ConformanceBook => ({
  classes: tally.classes,
  files: heldFiles(tally, files),
  surprises: surprises.map(shown),
});
