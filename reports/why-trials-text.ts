/** What other values of single knobs do to a claim, in sentences. */
import type { Json } from "../checker/json.ts";
import { listed } from "./evaluation.ts";
import { paragraph as flowing, type Line } from "./lines.ts";
import { ascii, brief } from "./phrases.ts";
import { paragraph } from "./why-lines.ts";
import type { TrialRecord, TrialsRecord, WhyRecord } from "./why.ts";
import { count, counted } from "./words.ts";

type Kind = TrialRecord["outcome"]["kind"];

const valueText = (value: Json): string => (Array.isArray(value) ? value.join(",") : brief(value));
const setting = ({ knob, value }: TrialRecord): string => `${ascii(knob)}=${valueText(value)}`;

/** Items "knob=value: what it means", hung. */
const items = (trials: readonly TrialRecord[], remark: (trial: TrialRecord) => string): readonly Line[] =>
  trials.map((trial) =>
    flowing(
      [`${setting(trial)}${remark(trial)}`, ...(trial.means === "" ? [] : [ascii(trial.means)])].join(": "),
      70,
      "    ",
      "      ",
    ),
  );

/** "a, b=1, b=2": a knob alone where all its values that were tried are among them. */
function names(trials: readonly TrialRecord[], all: readonly TrialRecord[]): string {
  const knobs = [...new Set(trials.map(({ knob }) => knob))];
  const words = knobs.flatMap((knob) => {
    const own = trials.filter((one) => one.knob === knob);
    return own.length === all.filter((one) => one.knob === knob).length ? [ascii(knob)] : own.map(setting);
  });
  return words.join(", ");
}

/** How the outcomes of a claim of this kind are told: first what differs from the run. */
function wordsFor({ kind, violation, property }: WhyRecord) {
  const id = ascii(property.id);
  const isSeen = kind === "sometimes";
  const [bad, good]: readonly [Kind, Kind] = isSeen ? ["witnessed", "never-witnessed"] : ["violated", "holds"];
  const badWords = isSeen ? `${id} is seen` : `${id} is violated`;
  const goodWords = isSeen ? `${id} is never seen` : `${id} holds`;
  return violation
    ? { differs: good, differsWords: goodWords, same: bad, sameWords: `${badWords}, too,` }
    : { differs: bad, differsWords: badWords, same: good, sameWords: `${goodWords}, too,` };
}

const steps = ({ outcome }: TrialRecord): string =>
  "steps" in outcome ? ` (in ${counted(outcome.steps, "step")})` : "";

export function trialLines(record: WhyRecord, { trials, unbuildable, partly, left, maxStates }: TrialsRecord) {
  const { differs, differsWords, same, sameWords } = wordsFor(record);
  const of = (kind: Kind): readonly TrialRecord[] => trials.filter(({ outcome }) => outcome.kind === kind);
  const group = (title: string, some: readonly TrialRecord[], remark: (trial: TrialRecord) => string) =>
    some.length === 0 ? [] : [...paragraph(title), ...items(some, remark)];
  const reason = ({ outcome }: TrialRecord): string => ("because" in outcome ? ` (${ascii(outcome.because)})` : "");
  if (trials.length === 0)
    return ["Which single knob values make a difference", ...paragraph("No other value of a knob was tried."), ""];
  const alike = of(same);
  const knobs = new Set(trials.map(({ knob }) => knob));
  const rest = [
    ...(unbuildable > 0 ? [`${counted(unbuildable, "value")} cannot be built with the other choices`] : []),
    ...(partly.length > 0 ? [`only some values of ${listed(partly.map(ascii))} were tried`] : []),
    ...(left > 0 ? [`${counted(left, "value")} ${left === 1 ? "was" : "were"} not tried because of an interrupt`] : []),
  ];
  const all = left > 0 ? ` of ${count(trials.length + left)}` : "";
  return [
    "Which single knob values make a difference",
    ...paragraph(
      `${count(trials.length)}${all} other ${trials.length === 1 ? "value" : "values"} of ${counted(knobs.size, "knob")} that this system looks at, one at a time, each in a search of at most ${count(maxStates)} states.`,
    ),
    ...group(`${differsWords} with:`, of(differs), steps),
    ...(of(differs).length === 0 ? paragraph(`With no value that was decided ${differsWords}.`) : []),
    ...group("It is vacuous with:", of("vacuous"), reason),
    ...group("It is not claimed with:", of("not-claimed"), reason),
    ...group("Not decided with:", of("undecided"), reason),
    ...(alike.length > 0
      ? paragraph(`${sameWords} with all other values that were tried of: ${names(alike, trials)}.`)
      : []),
    ...(rest.length > 0 ? paragraph(`Besides: ${rest.join("; ")}.`) : []),
    "",
  ];
}
