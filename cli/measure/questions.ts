/** Answers a question by simulation, and says which of its conclusions rest on costs that are assumed. */
import { costs, type CostName } from "../../model/costs/costs.ts";
import { FOUND_SCHEMA, type FoundRecord } from "../../reports/found.ts";
import type { SimulatedQuestion } from "../../scenarios/numbers/lab.ts";
import { simulatedQuestions } from "../../scenarios/numbers/questions.ts";
import { unknownName } from "../errors.ts";
import type { Watch } from "../ports.ts";
import { CONFIDENCE, Interrupted, Laboratory, SEED } from "./laboratory.ts";

const CHANGES = [
  ["halved", 0.5],
  ["doubled", 2],
] as const;

/** Costs are varied in shorter runs: what these deny with the costs of the project rests on their length. */
const SHORTER = "shorter runs and nothing changed";

/** @throws UsageError with the nearest names */
export function questionOf(name: string): SimulatedQuestion {
  const found = simulatedQuestions.find((one) => one.name === name);
  if (found) return found;
  throw unknownName(
    "question",
    name,
    simulatedQuestions.map((one) => one.name),
  );
}

/** Which assumed costs were varied, and by conclusion the changes of them that change it. */
interface Changes {
  readonly varied: readonly CostName[];
  readonly changes: readonly (readonly string[])[];
}

/** After an interrupt, of the costs that were varied before it. `found`: whether each conclusion holds in the runs of full length. */
async function changesOf(question: SimulatedQuestion, found: readonly boolean[], watch: Watch): Promise<Changes> {
  const rough = async (given: { readonly [name in CostName]?: number }): Promise<readonly boolean[]> =>
    (await question.find(new Laboratory(watch, given, true))).conclusions.map(({ holds }) => holds);
  const changes = found.map((): string[] => []);
  const varied: CostName[] = [];
  try {
    const before = await rough({});
    before.forEach((holds, k) => holds !== found[k] && changes[k]!.push(SHORTER));
    for (const name of question.varied) {
      const changed: (readonly [conclusion: number, change: string])[] = [];
      for (const [word, factor] of CHANGES) {
        const after = await rough({ [name]: factor * costs[name].ns });
        after.forEach((holds, k) => holds !== before[k] && changed.push([k, `${name} ${word}`]));
      }
      for (const [k, change] of changed) changes[k]!.push(change);
      varied.push(name);
    }
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
  }
  return { varied, changes };
}

const unvariedWords = (names: readonly CostName[]): readonly string[] =>
  names.length === 0 ? [] : [`Interrupted before these assumed costs were varied: ${names.join(", ")}.`];

const commandOfQuestion = (name: string): string => `npx faultline measure --question ${name}`;

/** After an interrupt without the costs that were not varied yet; undefined: before there were numbers. */
export async function foundOf(question: SimulatedQuestion, watch: Watch): Promise<FoundRecord | undefined> {
  try {
    const { conclusions, notes = [], ...found } = await question.find(new Laboratory(watch));
    const { varied, changes } = await changesOf(
      question,
      conclusions.map(({ holds }) => holds),
      watch,
    );
    const { name, title, answer, about, assumptions } = question;
    return {
      schema: FOUND_SCHEMA,
      name,
      title,
      question: question.question,
      answer,
      command: commandOfQuestion(name),
      method: "simulate",
      about,
      how: { seed: SEED, confidence: CONFIDENCE },
      varied,
      ...found,
      conclusions: conclusions.map((one, k) => ({ ...one, changes: changes[k]! })),
      assumptions,
      notes: [...notes, ...unvariedWords(question.varied.filter((one) => !varied.includes(one)))],
    };
  } catch (error) {
    if (error instanceof Interrupted) return undefined;
    throw error;
  }
}
