/**
 * The search against the reference explorer, everything: each run of the suite at small bounds, each of its presets with
 * one knob set, and many drawn systems. One line for each difference, and the counts at the end; exit code 1 where there
 * is a difference. The tests compare a part of it.
 *
 *   npm run reference -- [--most-states N] [--drawn N] [--system NAME]... [--knob NAME]... [--part K/N]
 */
import { parseArgs } from "node:util";
import { ModelError, type System } from "../checker/system.ts";
import { Counted } from "../checker/textbook/counted.ts";
import { drawnWiring } from "../checker/textbook/drawn-wiring.ts";
import { heldAgainstReference } from "../checker/textbook/held-against-reference.ts";
import { build, type Request } from "../properties/build.ts";
import { smallPresets, withOneKnob } from "../properties/one-knob.ts";
import { suite } from "../properties/suite.ts";

const { values } = parseArgs({
  options: {
    "most-states": { type: "string", default: "100000" },
    drawn: { type: "string", default: "3000" },
    system: { type: "string", multiple: true },
    knob: { type: "string", multiple: true },
    part: { type: "string", default: "1/1" },
  },
});
const whole = (name: string, text: string): number => {
  if (!/^\d{1,9}$/.test(text)) throw new TypeError(`--${name} is "${text}"; it must be a whole number.`);
  return Number(text);
};
const most = whole("most-states", values["most-states"]);
const [part = 1, parts = 1] = values.part.split("/").map((text) => whole("part", text));

const counts = { compared: 0, mistakes: 0, tooLarge: 0, differing: 0, states: 0, transitions: 0 };
const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** Times as many states the reference may find as the search may: it ends where the search misses most of them. */
const WITHIN = 4;

function compare(name: string, system: System): void {
  if (new Counted(system).exceeds(most)) {
    counts.tooLarge++;
    return;
  }
  const { reference, differences } = heldAgainstReference(system, { limit: WITHIN * most });
  counts.compared++;
  if (reference.kind === "mistake") counts.mistakes++;
  else {
    counts.states += reference.said.states;
    counts.transitions += reference.said.transitions;
  }
  if (differences.length > 0) counts.differing++;
  for (const difference of differences) say(`${name}: ${difference}`);
}

const nameOf = ({ system, hardware, host, set }: Request): string =>
  [system, hardware, host, JSON.stringify(set)].join(" ");
const told = (what: string): void => say(`${what}: ${JSON.stringify(counts)}`);

/** With --knob, only runs that set one of these. */
const isWanted = ({ system, set }: Request): boolean =>
  (values.system?.includes(system) ?? true) && (values.knob?.some((knob) => Object.hasOwn(set, knob)) ?? true);
const requests = [...suite("small"), ...smallPresets().flatMap(withOneKnob)].filter(isWanted);
say(`${requests.length} runs, part ${part} of ${parts}, of at most ${most} states`);
for (const [number, request] of requests.entries()) {
  if (number % parts !== part - 1) continue;
  compare(nameOf(request), build(request));
  if (number % 100 === part - 1) told(`${number} of ${requests.length}`);
}
for (let seed = part - 1; seed < whole("drawn", values.drawn); seed += parts) {
  try {
    compare(`drawn ${seed}`, drawnWiring(seed));
  } catch (error) {
    // Some drawn systems are refused when they are defined.
    if (!(error instanceof ModelError)) throw error;
    counts.mistakes++;
  }
}
told("All");
if (counts.differing > 0) process.exitCode = 1;
