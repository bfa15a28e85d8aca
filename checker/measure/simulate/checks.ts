/** What is refused of a simulation before it begins. */
import { ModelError, type System } from "../../system.ts";
import { checkLevel } from "../level.ts";
import { checkPattern } from "../pattern.ts";
import type { Questions, SimulationOptions } from "./asked.ts";

/** @throws ModelError with what was expected in its place */
export function checkQuestions(system: System, questions: Questions, options: SimulationOptions): void {
  for (const { label, from, to, into } of questions.spans ?? [])
    for (const pattern of [...from, ...to.map((end) => (into === undefined ? end : { ...end, in: into }))])
      checkPattern(system, pattern, `The time of ${label}`);
  for (const level of questions.levels ?? []) checkLevel(system, level);
  const { seed, replications, warmUp, length, confidence } = options;
  const [long = NaN] = Object.values(length);
  const cut = typeof warmUp === "number" ? warmUp : warmUp.steps;
  const unit = typeof warmUp === "number" ? "ns" : "steps";
  const rules: readonly (readonly [boolean, string])[] = [
    [Number.isInteger(seed), `The seed is ${seed}; it must be a whole number`],
    [
      Number.isInteger(replications) && replications >= 2,
      `There are ${replications} replications; an interval needs 2`,
    ],
    [Number.isFinite(cut) && cut >= 0, `The warm-up takes ${cut} ${unit}; it must be at least 0`],
    [Number.isFinite(long) && long > 0, `The length is ${long}; it must be above 0`],
    [confidence > 0 && confidence < 1, `The confidence is ${confidence}; it must lie between 0 and 1`],
  ];
  const broken = rules.find(([holds]) => !holds);
  if (broken) throw new ModelError(`${broken[1]}.`);
}
