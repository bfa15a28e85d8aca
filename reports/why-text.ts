/** The answer of `faultline why` in plain sentences, no line longer than 78 characters, or than there is room. */
import type { StepRecord } from "../checker/run-record.ts";
import { lengthWords, listed } from "./evaluation.ts";
import { gist } from "./gist.ts";
import { laid, type Line } from "./lines.ts";
import { ascii, brief } from "./phrases.ts";
import { actorOf, sentencesOf, type Sentences } from "./spoken.ts";
import { basisLines } from "./why-basis-text.ts";
import { item, paragraph, sentence } from "./why-lines.ts";
import { trialLines } from "./why-trials-text.ts";
import { variationWords } from "./why-variation.ts";
import type { NeededRecord, VariationRecord, ViolationRecord, WhyRecord } from "./why.ts";
import { claimName, counted } from "./words.ts";

/** "a-walk: vfio_notify_dma_unmap() drops iommu->lock": with the lane, which the chart has above the step. */
function named(step: StepRecord, { short }: Sentences): string {
  const actor = actorOf(step);
  const words = short(step);
  return actor === undefined || words.startsWith(`${ascii(actor)} `) ? words : `${ascii(actor)}: ${words}`;
}

/** "1-4" of steps 1, 2 and 3, each of which the next one needs. */
const chains = (firsts: readonly number[]): readonly string[] =>
  firsts.flatMap((step, k) => {
    if (firsts[k - 1] === step - 1) return [];
    let end = step;
    while (firsts.includes(end)) end++;
    return [`${step}-${end}`];
  });

/** Steps of the nearest run that are shown; the first one says most. */
const MOST_SHOWN = 10;

/** How one violation is told. */
class Telling {
  readonly #record: WhyRecord;
  readonly #violation: ViolationRecord;
  readonly #clauses: readonly string[];
  readonly #id: string;
  /** "violates PIN-1", "shows PIN-2". */
  readonly #does: string;

  constructor(record: WhyRecord, violation: ViolationRecord) {
    this.#record = record;
    this.#violation = violation;
    this.#id = ascii(record.property.id);
    this.#does = `${record.kind === "sometimes" ? "shows" : "violates"} ${this.#id}`;
    const sentences = sentencesOf(violation.trace);
    this.#clauses = violation.trace.steps.map((step) => named(step, sentences));
  }

  lines(): readonly Line[] {
    if (this.#length === 0) return paragraph(`No step is needed: the initial state ${this.#does}.`, 0);
    return [...this.#needed(), ...this.#order(), ...this.#avoidable(), ...this.#nearest()];
  }

  get #length(): number {
    return this.#violation.trace.steps.length;
  }

  get #isRun(): boolean {
    return this.#violation.trace.loop !== undefined;
  }

  #needed(): readonly Line[] {
    const { steps, lanes, known } = this.#violation;
    const needed = steps.flatMap(({ shortest }, k) => (shortest === undefined ? [k] : []));
    const longer = steps.flatMap(({ shortest = 0 }, k) => (!this.#isRun && shortest > this.#length ? [k] : []));
    const spared = steps.flatMap((_, k) => (needed.includes(k) || longer.includes(k) ? [] : [k]));
    const which = known === undefined ? "Every run" : `Every run of at most ${counted(known, "step")}`;
    return [
      "Which steps it needs",
      ...this.#list(`${which} that ${this.#does} takes`, needed),
      ...this.#list(
        `Every run of at most ${counted(this.#length, "step")} that ${this.#does} also takes`,
        longer,
        ({ shortest }) => ` (the shortest run without it has ${shortest} steps)`,
      ),
      ...this.#list(`Not needed, for another run ${this.#does} without it:`, spared, ({ shortest }) =>
        this.#isRun || shortest === this.#length ? "" : ` (in ${counted(shortest!, "step")})`,
      ),
      ...this.#lanes(lanes),
      "",
    ];
  }

  #list(title: string, steps: readonly number[], remark: (needed: NeededRecord) => string = () => ""): readonly Line[] {
    if (steps.length === 0) return [];
    const these = `${steps.length === 1 ? "this step" : "each of these steps"}${this.#orEqual}`;
    const words = title.endsWith(":") ? title : `${title} ${these}:`;
    // The same step again and again is told once.
    const groups = new Map<string, number[]>();
    for (const k of steps) {
      const key = JSON.stringify([this.#clauses[k], this.#violation.steps[k]!.shortest]);
      groups.set(key, [...(groups.get(key) ?? []), k]);
    }
    return [
      ...paragraph(words),
      ...[...groups.values()].flatMap(([first = 0, ...others]) => {
        const { without, ...needed } = this.#violation.steps[first]!;
        // That the next step rests on it is told with the order.
        const isNext = without.kind === "impossible" && without.step === first + 2;
        const left = isNext || others.length > 0 ? "" : `; left out, ${this.#consequence(without)}`;
        const again = others.length === 0 ? "" : ` (and ${others.map((k) => k + 1).join(", ")})`;
        return item(first + 1, `${this.#clauses[first]}${again}${remark(needed)}${left}`);
      }),
    ];
  }

  #consequence(variation: VariationRecord): string {
    return variationWords(variation, this.#record);
  }

  get #orEqual(): string {
    return this.#violation.hasEquals ? " (or the same step of an equal part)" : "";
  }

  #lanes(lanes: ViolationRecord["lanes"]): readonly Line[] {
    const needed = lanes.filter(({ shortest }) => shortest === undefined).map(({ lane }) => ascii(lane));
    const spared = lanes.filter(({ shortest }) => shortest !== undefined);
    return [
      ...(needed.length > 0 ? paragraph(`Every such run takes some step of ${listed(needed)}${this.#orEqual}.`) : []),
      ...spared.flatMap(({ lane, shortest }) =>
        paragraph(
          `A run without any step of ${ascii(lane)} ${this.#does}, too${this.#isRun ? "" : ` (in ${counted(shortest!, "step")})`}.`,
        ),
      ),
    ];
  }

  #order(): readonly Line[] {
    const { swapped } = this.#violation;
    const of = (kind: VariationRecord["kind"]) => swapped.filter(({ outcome }) => outcome.kind === kind);
    const pair = ({ step }: { readonly step: number }): string => `${step} and ${step + 1}`;
    const forced = swapped.filter(({ step, outcome }) => outcome.kind === "impossible" && outcome.step === step + 1);
    const open = of("unknown");
    const deciding = swapped.filter(
      (one) => !forced.includes(one) && !open.includes(one) && one.outcome.kind !== "violates",
    );
    const free = of("violates");
    if (swapped.length === 0) return [];
    return [
      "Which order matters (two neighbours exchanged, the others as before)",
      ...deciding.flatMap(({ step, outcome }) =>
        paragraph(
          `The order of steps ${step} and ${step + 1} decides: with step ${step + 1} first, ${this.#consequence(outcome)}.`,
        ),
      ),
      ...(forced.length > 0
        ? paragraph(
            `In this order only, for each is possible only after the one before it: steps ${listed(chains(forced.map(({ step }) => step)))}.`,
          )
        : []),
      ...(open.length > 0
        ? paragraph(`Not decided of steps ${open.map(pair).join(", ")}: what follows was not searched.`)
        : []),
      ...(free.length > 0
        ? paragraph(
            `The order does not matter of steps ${free.map(pair).join(", ")}: either way the path ${this.#does}.`,
          )
        : []),
      "",
    ];
  }

  #avoidable(): readonly Line[] {
    const { lastSafe, trace } = this.#violation;
    const [what, title] = this.#promise;
    if (typeof lastSafe === "string") return [title, ...paragraph(`Not decided: ${ascii(lastSafe)}.`), ""];
    const last = lastSafe - 1;
    const step = (k: number): string => `step ${k + 1} (${this.#clauses[k]})`;
    const text =
      lastSafe < 0
        ? `Never: from the initial state on, ${what} is not possible.`
        : lastSafe >= this.#length
          ? `At any time: ${what} stays possible in the whole path, and only the choice of steps keeps it away.`
          : `${lastSafe === 0 ? "In the initial state" : `After ${step(last)}`} ${what} is possible for the last time. After ${step(lastSafe)} it is not.`;
    const counts =
      trace.kind === "canAlways" || trace.kind === "leadsTo"
        ? ""
        : " A run counts if it is fair to all threads, hardware and devices, or if it ends where none of them has a step to take.";
    return [title, ...paragraph(text + counts), ""];
  }

  get #promise(): readonly [what: string, title: string] {
    const { kind } = this.#record;
    if (kind === "leadsTo") return [`what ${this.#id} promises`, "Until when it could still come"];
    if (kind === "canAlways") return [`what ${this.#id} asks for`, "Until when it could still be reached"];
    return [`a run that never ${this.#does}`, "Until when it could be avoided"];
  }

  /** What is so after the same steps, where no other step has to follow. */
  #atOnce(end: "rest" | "for-ever" | "reached", after: number): string {
    const next = after < this.#length ? `step ${after + 1} (${this.#clauses[after]})` : undefined;
    if (end === "reached")
      return `${this.#promise[0]} is there, and every step from there leads to where it cannot come`;
    return `nothing has to happen${next === undefined ? "" : `: ${next} need not come`}`;
  }

  #nearest(): readonly Line[] {
    const { nearest, trace } = this.#violation;
    if (!nearest) return [];
    const { after, end, others, trace: other } = nearest;
    const sentences = sentencesOf(other);
    const taken = other.steps.slice(after);
    const shown = taken.length > MOST_SHOWN ? MOST_SHOWN - 1 : taken.length;
    const [first] = taken;
    const replaced = trace.steps[after];
    const isOther = first && replaced && keyOf(first) !== keyOf(replaced);
    const rest = isOther ? `, in place of step ${after + 1}` : "";
    const same = after === 0 ? "From the initial state" : after === 1 ? "After step 1" : `After steps 1 to ${after}`;
    const ends = {
      rest: "then nothing has to happen any more",
      "for-ever": "from there on it can be avoided for ever",
      reached: `then ${this.#promise[0]} is there`,
    };
    const told = new Set(taken.map((step) => keyOf(step)));
    const more = others.filter((step) => !told.has(keyOf(step)));
    const ofOthers = sentencesOf({ ...other, steps: others });
    return [
      "The nearest run in which it does not happen",
      ...paragraph(taken.length === 0 ? `${same} ${this.#atOnce(end, after)}.` : `${same}${rest}:`),
      ...taken.slice(0, shown).flatMap((step, k) => item(after + k + 1, named(step, sentences))),
      ...(shown < taken.length ? item("...", counted(taken.length - shown, "step")) : []),
      ...(taken.length === 0 ? [] : paragraph(sentence(ends[end]))),
      ...(more.length === 0
        ? []
        : paragraph(
            `It can be avoided with ${more.length === 1 ? "this other step" : "each of these other steps"}, too: ${more.map((step) => named(step, ofOthers)).join("; ")}.`,
          )),
      "",
    ];
  }
}

const keyOf = ({ action }: StepRecord): string => JSON.stringify(action);

/** "all 1 234 reachable states (3 456 transitions)". */
function searchedText({ search: { complete, states, transitions, stoppedBy } }: WhyRecord): string {
  const size = `${counted(states, complete ? "reachable state" : "state")}, ${counted(transitions, "transition")}`;
  return complete ? `Searched: all ${size}` : `Searched: ${size} (ended by ${stoppedBy ?? "an interrupt"})`;
}

function head({ property, model, violation, search, ...record }: WhyRecord): readonly Line[] {
  const { system, hardware, host, bounds, set } = model;
  const knobs = Object.entries(set).map(([knob, value]) => `, ${knob}=${brief(value)}`);
  const length = violation ? `; ${lengthWords(violation.trace)}` : "";
  const short = violation && gist([violation.trace]);
  return [
    ...paragraph(`${ascii(claimName(property))}: ${ascii(property.statement)}`, 0),
    ...paragraph(ascii(`${system}, hardware ${hardware}, design ${host}, bounds ${bounds}${knobs.join("")}${length}`)),
    ...(search.states > 0 ? paragraph(sentence(searchedText({ ...record, property, model, search }))) : []),
    "",
    ...(violation?.shortest !== undefined && violation.shortest < violation.trace.steps.length
      ? [...paragraph(`A shorter run violates it, too: in ${counted(violation.shortest, "step")}.`, 0), ""]
      : []),
    ...(short === undefined ? [] : [...paragraph(`In short: ${short}.`, 0), ""]),
  ];
}

export function whyText(record: WhyRecord, columns?: number): string {
  const { violation, claim, knobs, undecided } = record;
  const lines = [
    ...head(record),
    ...(undecided === undefined ? [] : [...paragraph(`Not decided: ${ascii(undecided)}.`, 0), ""]),
    ...(violation ? new Telling(record, violation).lines() : []),
    ...(claim ? basisLines(record, claim) : []),
    ...(knobs ? trialLines(record, knobs) : []),
  ];
  return laid(lines, columns).join("\n").trimEnd().concat("\n");
}
