/**
 * What rates say of steps, asked as seldom as possible: where the name of a step and its event already tell, once. Everything
 * else is asked of `timedAs`, of the rules that are about such a step.
 */
import type { Message } from "../../json.ts";
import type { Trial } from "../../kernel/trial.ts";
import { ModelError } from "../../wiring.ts";
import { wholeOf } from "../pattern.ts";
import { timedAs, type Choice, type RateRule, type Rates, type Timed } from "../rates.ts";
import { Seen, type Names } from "./seen.ts";

/** All that rates say of the steps of one name. */
interface About {
  readonly rates: Rates;
  /** By rule of `rates`: its number among all rules. */
  readonly numbers: readonly number[];
  /** What is said of every step of the name, whatever its state and event are, but for the weight. */
  readonly always: Timed | undefined;
  /** How choices weigh an event, where the event alone decides. */
  readonly weights: Weights | undefined;
  /** What is said of the events of a list: components often share it. */
  readonly ofLists: Map<readonly Message[], readonly Timed[] | undefined>;
}

export class Timing {
  readonly rates: Rates;
  readonly #names: Names;
  readonly #about = new Map<string, About>();

  constructor(rates: Rates, names: Names) {
    this.rates = rates;
    this.#names = names;
    for (const { step, timing } of rates.rules)
      if (timing.kind === "timed" && timing.times !== undefined && timing.cost.distribution !== "exponential")
        throw new ModelError(
          `"${step}" in the rates "${rates.name}" goes on as many times as "${timing.times}" says: only exponential times can, and these are ${timing.cost.distribution}.\nGive it an exponential time, or make each of them a component.`,
        );
  }

  /** What is said of the step that was tried. */
  of(step: string, trial: Trial): Timed {
    const about = this.#aboutOf(step);
    const weight = about.weights?.of(trial.event);
    if (about.always && weight !== undefined) return weighted(about.always, weight);
    const timed = timedAs(about.rates, new Seen(this.#names, step, trial));
    return { ...timed, rule: about.numbers[timed.rule]! };
  }

  /** What is said of the events of the steps of the name in every state, or undefined: the state matters too. */
  ofEvents(step: string, events: readonly Message[]): readonly Timed[] | undefined {
    const about = this.#aboutOf(step);
    if (!about.ofLists.has(events)) about.ofLists.set(events, this.#ofEvents(about, events));
    return about.ofLists.get(events);
  }

  #ofEvents({ always, weights }: About, events: readonly Message[]): readonly Timed[] | undefined {
    if (!always || !weights) return undefined;
    const all = events.map((event) => {
      const weight = weights.of(event);
      return weight === undefined ? undefined : weighted(always, weight);
    });
    return all.includes(undefined) ? undefined : (all as readonly Timed[]);
  }

  #aboutOf(step: string): About {
    const known = this.#about.get(step);
    if (known) return known;
    const whole = wholeOf(step);
    const isAbout = (pattern: { readonly step: string }): boolean => pattern.step === step || pattern.step === whole;
    const numbers = [...this.rates.rules.keys()].filter((number) => isAbout(this.rates.rules[number]!));
    const rules = numbers.map((number) => this.rates.rules[number]!);
    const choices = (this.rates.choices ?? []).filter(isAbout);
    const [first] = rules;
    const isPlain = first && isOfName(first) && !first.fields;
    const always = isPlain ? saidAlways(first.timing, numbers[0]!) : undefined;
    const weights = choices.every(isOfName) ? new Weights(choices) : undefined;
    const about = { rates: { ...this.rates, rules, choices }, numbers, always, weights, ofLists: new Map() };
    this.#about.set(step, about);
    return about;
  }
}

/** Whether the pattern is about all steps of its name, or about those of some events. */
const isOfName = ({ component, in: state, by }: Choice | RateRule): boolean =>
  component === undefined && state === undefined && by === undefined;

function saidAlways(timing: Rates["rules"][number]["timing"], rule: number): Timed | undefined {
  if (timing.kind === "never") return { kind: "never", rule };
  if (timing.kind === "immediate") return { kind: "immediate", rule, weight: timing.weight };
  return timing.times === undefined ? { kind: "timed", rule, cost: timing.cost, times: 1, weight: 1 } : undefined;
}

function weighted(timed: Timed, weight: number): Timed {
  if (weight === 1 || timed.kind === "never") return timed;
  return weight === 0 ? { kind: "never", rule: timed.rule } : { ...timed, weight: timed.weight * weight };
}

/** Choices by the fields that they look at, so that an event is not held against each of thousands. */
class Weights {
  /** By names of fields: the product of the weights for each combination of values. */
  readonly #byFields = new Map<
    string,
    { readonly fields: readonly string[]; readonly products: Map<string, number> }
  >();
  readonly #known = new WeakMap<Message, number>();

  constructor(choices: readonly Choice[]) {
    for (const { fields = {}, weight } of choices) {
      const names = Object.keys(fields).sort();
      const key = names.join();
      const group = this.#byFields.get(key) ?? { fields: names, products: new Map<string, number>() };
      this.#byFields.set(key, group);
      const values = JSON.stringify(names.map((name) => fields[name]!));
      group.products.set(values, (group.products.get(values) ?? 1) * weight);
    }
  }

  /** The product of the weights of all choices that fit, or undefined: a field is not one of the event. */
  of(event: Message): number | undefined {
    if (this.#byFields.size === 0) return 1;
    const known = this.#known.get(event);
    if (known !== undefined) return known;
    let product = 1;
    for (const { fields, products } of this.#byFields.values()) {
      if (fields.some((field) => !Object.hasOwn(event, field))) return undefined;
      product *= products.get(JSON.stringify(fields.map((field) => event[field]!))) ?? 1;
    }
    this.#known.set(event, product);
    return product;
  }
}
