/** What a patch touches, as `faultline impact --json` says it: the runs that look there, each to be opened. */
import type { ImpactCommand, ImpactRecord, ImpactRun } from "../../reports/impact.ts";
import { counted } from "../../reports/words.ts";
import { button, el, found } from "./dom.ts";

const SCHEMA: ImpactRecord["schema"] = "faultline-impact/1";

/** Opens a run, and searches it. */
export type OpenRun = (run: ImpactRun) => void;

/** The record in a file, if it is one. */
export function impactIn(text: string): ImpactRecord | undefined {
  try {
    const record = JSON.parse(text) as Partial<ImpactRecord>;
    return record.schema === SCHEMA ? (record as ImpactRecord) : undefined;
  } catch {
    return undefined;
  }
}

const labelOf = ({ system, hardware, design, set }: ImpactRun): string =>
  [system, ...(hardware === undefined ? [] : [hardware]), ...(design === undefined ? [] : [design]), ...set].join(" ");

const commandItem = ({ command, why, runs }: ImpactCommand, open: OpenRun): HTMLElement =>
  el(
    "li",
    {},
    el("p", {}, why),
    el("div", { class: "bar" }, ...runs.map((run) => button(labelOf(run), () => open(run), { title: command }))),
  );

/** What stands for the function: a machine's steps, its text, or nothing. */
function functionItem({ name, uses, modelled }: ImpactRecord["functions"][number]): HTMLElement {
  const machines = [...new Set(uses.map(({ machine }) => machine))].join(", ");
  const says = modelled === "no" ? "no machine stands for it" : machines;
  return el("li", {}, el("code", {}, `${name}()`), ` ${says}`);
}

/** @throws Error where the file has another shape than the command writes. */
export function showImpact({ functions, commands }: ImpactRecord, open: OpenRun): string {
  if (!Array.isArray(functions) || !commands?.every(({ runs }) => Array.isArray(runs)))
    throw new Error("The file is not what this version of faultline impact --json writes.");
  const box = found("impact");
  box.hidden = false;
  box.replaceChildren(
    el("h3", {}, "What the patch touches"),
    el("ul", {}, ...functions.map(functionItem)),
    el("h3", {}, "Runs that look there"),
    commands.length === 0
      ? el("p", {}, "None.")
      : el("ol", {}, ...commands.map((command) => commandItem(command, open))),
  );
  const looking = counted(commands.length, "command");
  return `The patch touches ${counted(functions.length, "function")}; ${looking} ${commands.length === 1 ? "looks" : "look"} there.`;
}
