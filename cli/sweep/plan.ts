/** From options to runs: which combinations of what is varied are run in each system, and what is left out. */
import type {
  DefectOfValue,
  Factor,
  LeftOutCombinations,
  Setting,
  SweepRecord,
  SystemSweep,
} from "../../reports/sweep.ts";
import { count, counted } from "../../reports/words.ts";
import { UsageError } from "../errors.ts";
import { selectionOf } from "../options.ts";
import type { Engine, RunRequest } from "../ports.ts";
import { expectEachOnce } from "../single.ts";
import {
  completion,
  eachPair,
  pairwise,
  product,
  productSize,
  type Covered,
  type Impossible,
  type Values,
} from "./combinations.ts";
import { factorOf, requestOf, variedIn, type Varied, type VaryOptions } from "./varied.ts";

/** More runs than that are no question that somebody can read the answer of. */
const MOST_RUNS = 10_000;

/** As commander gives them. */
export interface SweepChoices extends VaryOptions {
  readonly bounds?: string;
  readonly set?: readonly string[];
  readonly pairs?: boolean;
  readonly eachPair?: boolean;
}

export type PlannedSystem = Omit<SystemSweep, "runs" | "claims" | "unshown" | "idle"> & {
  readonly runs: readonly { readonly values: Values; readonly request: RunRequest }[];
};

export interface Plan {
  readonly method: SweepRecord["method"];
  readonly systems: readonly PlannedSystem[];
}

const tooMany = (system: string, size: number): UsageError =>
  new UsageError(
    `a sweep of ${system} has ${size < 1e15 ? counted(size, "run") : "more than 10^15 runs"}.`,
    `at most ${count(MOST_RUNS)}; fewer values, or --pairs, which needs far fewer runs`,
  );

/** Which combinations are tried. */
function coveredBy(method: Plan["method"], system: string, sizes: readonly number[], impossible: Impossible): Covered {
  if (method === "product") return { rows: [...product(sizes)], unmet: [] };
  const because = impossible(sizes.map(() => 0));
  if (because !== undefined)
    throw new UsageError(
      `${system} cannot be built with the first of all values: ${because}.`,
      "first values that go together",
    );
  const covered = method === "pairs" ? pairwise(sizes, impossible) : eachPair(sizes, impossible);
  if (covered.rows.length > MOST_RUNS) throw tooMany(system, covered.rows.length);
  return covered;
}

/** Without the values that nothing can be built with, which are given with the reason. */
function buildable(
  system: string,
  varied: readonly Varied[],
  isBuildable: (setting: Setting) => boolean,
  impossible: Impossible,
) {
  const leftOut: LeftOutCombinations[] = [];
  const left = varied.map((one, factor): Varied => {
    const choices = one.choices.filter(({ text }, value) => {
      if (isBuildable({ factor, value })) return true;
      const because = impossible(varied.map((_, k) => (k === factor ? value : 0)))!;
      if (one.isNamed) throw new UsageError(`${system} cannot be built with ${one.name} ${text}: ${because}.`);
      leftOut.push({ what: `${one.name}=${text}`, because });
      return false;
    });
    return { ...one, choices };
  });
  return { varied: left.filter(({ choices, isNamed }) => isNamed || choices.length > 1), leftOut };
}

const sizesOf = (varied: readonly Varied[]): readonly number[] => varied.map(({ choices }) => choices.length);

/** Whether some combination with the setting can be built. */
function buildableIn(method: Plan["method"], sizes: readonly number[], impossible: Impossible) {
  if (method !== "product") return (setting: Setting) => completion([setting], sizes, impossible) !== undefined;
  const good = [...product(sizes)].filter((values) => impossible(values) === undefined);
  return ({ factor, value }: Setting): boolean => good.some((values) => values[factor] === value);
}

/** What each value of a knob is known to break, as the first run that has it is nearest to. */
const defectsIn = (engine: Engine, varied: readonly Varied[], runs: PlannedSystem["runs"]): readonly DefectOfValue[] =>
  varied.flatMap(({ name, kind, choices }, factor) =>
    choices.flatMap((choice, value): readonly DefectOfValue[] => {
      if (kind !== "knob" || choice.value === undefined) return [];
      const run = runs.find(({ values }) => values[factor] === value);
      const defect = run && engine.knownDefect(run.request, name);
      return defect ? [{ setting: { factor, value }, ...defect }] : [];
    }),
  );

function plannedSystem(engine: Engine, base: RunRequest, options: SweepChoices, method: Plan["method"]): PlannedSystem {
  const { system } = base;
  const impossibleOf =
    (varied: readonly Varied[]): Impossible =>
    (values) =>
      engine.impossible(requestOf(base, varied, values));
  const wished = variedIn(engine, base, options);
  if (method === "product" && productSize(sizesOf(wished)) > MOST_RUNS)
    throw tooMany(system, productSize(sizesOf(wished)));
  const isBuildable = buildableIn(method, sizesOf(wished), impossibleOf(wished));
  const { varied, leftOut } = buildable(system, wished, isBuildable, impossibleOf(wished));
  const sizes = sizesOf(varied);
  if (sizes.every((size) => size < 2))
    throw new UsageError(`nothing is varied in ${system}.`, "--vary knob=value,value, or several designs or hardware");
  const impossible = impossibleOf(varied);
  const { rows, unmet } = coveredBy(method, system, sizes, impossible);
  const reasons = new Map<string, number>();
  const runs = rows.flatMap((values) => {
    const because = impossible(values);
    if (because !== undefined) reasons.set(because, (reasons.get(because) ?? 0) + 1);
    return because === undefined ? [{ values, request: requestOf(base, varied, values) }] : [];
  });
  const others = [...reasons].map(([because, times]) => ({ what: counted(times, "combination"), because }));
  const factors: readonly Factor[] = varied.map(factorOf);
  const defects = defectsIn(engine, varied, runs);
  return { system, factors, combinations: productSize(sizes), leftOut: [...leftOut, ...others], unmet, defects, runs };
}

function methodOf({ pairs, eachPair: each }: SweepChoices): Plan["method"] {
  if (pairs && each) throw new UsageError("--pairs and --each-pair exclude each other.", "one of them");
  return each ? "each-pair" : pairs ? "pairs" : "product";
}

/** @throws UsageError for whatever cannot be swept */
export function planOf(engine: Engine, systems: readonly string[], options: SweepChoices): Plan {
  const method = methodOf(options);
  if (systems.length === 0) throw new UsageError("no system is named.", "one or more of faultline list systems");
  const { set = [], vary = [] } = options;
  const bounds = options.bounds === undefined ? {} : { bounds: options.bounds };
  const selection = selectionOf(engine, systems, { set, ...bounds });
  expectEachOnce("--vary", vary);
  return {
    method,
    systems: selection.systems.map((system) => {
      const [run] = engine.runs({ systems: [system], set: {}, ...bounds });
      return plannedSystem(engine, { ...run!, set: selection.set }, options, method);
    }),
  };
}
