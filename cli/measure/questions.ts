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

/** By conclusion: the changes of costs that change it. */
async function changesOf(question: SimulatedQuestion, watch: Watch): Promise<readonly (readonly string[])[]> {
  const rough = async (given: { readonly [name in CostName]?: number }): Promise<readonly boolean[]> =>
    (await question.find(new Laboratory(watch, given, true))).conclusions.map(({ holds }) => holds);
  const before = await rough({});
  const changes = before.map((): string[] => []);
  for (const name of question.varied)
    for (const [word, factor] of CHANGES) {
      const after = await rough({ [name]: factor * costs[name].ns });
      after.forEach((holds, k) => holds !== before[k] && changes[k]!.push(`${name} ${word}`));
    }
  return changes;
}

const commandOfQuestion = (name: string): string => `npx faultline measure --question ${name}`;

/** Undefined after an interrupt. */
export async function foundOf(question: SimulatedQuestion, watch: Watch): Promise<FoundRecord | undefined> {
  try {
    const { conclusions, notes = [], ...found } = await question.find(new Laboratory(watch));
    const changes = await changesOf(question, watch);
    const { name, title, answer, about, varied, assumptions } = question;
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
      notes,
    };
  } catch (error) {
    if (error instanceof Interrupted) return undefined;
    throw error;
  }
}
