/** How long a fault takes from its report to its response, in a chain: of each sender by itself, as a simulation times it. */
import { countIn, type Counted } from "../../checker/measure/counted.ts";
import { expectedInSlices } from "../../checker/measure/expected.ts";
import type { ExpectedRecord, PassageAsked, PassageRecord } from "../../checker/measure/expected-record.ts";
import type { Pattern } from "../../checker/measure/pattern.ts";
import type { Rates } from "../../checker/measure/rates.ts";
import type { Slices } from "../../checker/measure/slices.ts";
import type { StoredSteps } from "../../checker/measure/stored-steps.ts";
import type { ModelRecord } from "../../checker/run-record.ts";
import type { System } from "../../checker/system.ts";
import type { MeasuredPoint } from "../../reports/measure.ts";

export interface FaultTime {
  /** Absent where the chain does not tell it. */
  readonly fault?: MeasuredPoint["fault"];
  readonly assumptions: readonly string[];
}

/** Above what rounding leaves of a probability, or of a difference. */
const ROUNDING = 1e-6;

const TOLD = [
  "The time of a fault goes from its report to the response to its sender.",
  "The 99 % of a fault rests on exponential times more than on their means: nobody measured how they are spread.",
];
const untold = (because: string): FaultTime => ({
  assumptions: [`The time of a fault is not told: ${because}. --method simulate tells it.`],
});

/** Of messages, those that the component sends, or receives. */
function ofComponent({ label, of }: Counted, end: "from" | "to", name: string, { components }: System): Counted {
  const patterns = of.flatMap((pattern): readonly Pattern[] => {
    const { message } = pattern;
    if (!message) return [];
    const known = message[end];
    if (known !== undefined && known !== name && known !== components[name]!.role) return [];
    return [{ ...pattern, message: { ...message, [end]: name } }];
  });
  return { label: `${label} of ${name}`, of: patterns };
}

interface Sender {
  readonly faults: Counted;
  readonly responses: Counted;
}

/** Who reports faults in some step. */
function sendersIn({ search: { system }, occurrences }: StoredSteps, faults: Counted, responses: Counted): Sender[] {
  const all = system.componentNames.map((name) => ({
    faults: ofComponent(faults, "from", name, system),
    responses: ofComponent(responses, "to", name, system),
  }));
  return all.filter((one) => occurrences.some((occurrence) => countIn(one.faults, occurrence) > 0));
}

const passagesOf = ({ faults, responses }: Sender): readonly PassageAsked[] => [
  { label: faults.label, begins: faults, ends: responses, percentiles: [0.5, 0.99] },
  { label: `${faults.label} again`, begins: faults, ends: faults, unless: responses },
];

const isAlike = ({ mean }: PassageRecord, other: PassageRecord): boolean =>
  mean === other.mean ||
  (mean !== "infinite" && other.mean !== "infinite" && Math.abs(mean - other.mean) < ROUNDING * other.mean);

/** Of a system in which faults come in the long run. */
export function* faultTime(
  steps: StoredSteps,
  rates: Rates,
  model: ModelRecord,
  faults: Counted,
  responses: Counted,
): Slices<FaultTime> {
  const senders = sendersIn(steps, faults, responses);
  const often = yield* expectedInSlices(steps, rates, model, { counts: senders.map((one) => one.faults) });
  const lasting = senders.filter((_, k) => often.counts[k]!.perNs > 0);
  const { passages }: ExpectedRecord = yield* expectedInSlices(steps, rates, model, {
    passages: lasting.flatMap(passagesOf),
  });
  const times = passages.filter((_, k) => k % 2 === 0);
  const again = passages.filter((_, k) => k % 2 === 1);
  const [first] = times;
  if (!first) return untold("nobody sends a fault as a message");
  if (again.some(({ reached }) => reached > ROUNDING)) return untold("a sender reports again before its response");
  if (!times.every((one) => isAlike(one, first))) return untold("senders wait for different times");
  const [median, most99] = first.percentiles;
  return { fault: { mean: first.mean, median: median!.ns, most99: most99!.ns }, assumptions: TOLD };
}
