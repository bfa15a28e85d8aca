/**
 * Runs as SARIF 2.1.0 (OASIS), for viewers of findings. A rule for each claim, a result for each verdict: `pass`, `fail`, or
 * `open` where a search ended early. What the suite expects is a failure that is suppressed, with the reason. A violation has
 * its steps as a code flow. Places are components and functions of the kernel: the model knows no lines of what it is about.
 */
import type { Json } from "../../checker/json.ts";
import type { RunRecord, StepRecord, TraceRecord } from "../../checker/run-record.ts";
import { endWords } from "../evaluation.ts";
import { actorOf, sentencesOf } from "../spoken.ts";
import { counted } from "../words.ts";
import { absentTests, outcomesOf, type Absent, type ClaimOutcome, type RunOutcome } from "./outcome.ts";

const SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

type Rule = Readonly<Record<string, Json>>;

const rulesOf = (claims: readonly ClaimOutcome[]): ReadonlyMap<string, Rule> =>
  new Map(
    claims.map(({ property: { id, name, statement, source } }) => [
      id,
      {
        id,
        ...(name !== undefined && { name: name.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase()) }),
        shortDescription: { text: statement },
        help: { text: `Source: ${source.document}, ${source.clause}.` },
      },
    ]),
  );

/** Where a step is: its component, and the function that takes it. */
function placesOf(step: StepRecord): Json {
  const component = actorOf(step) ?? "";
  const by = step.says?.by ?? "";
  return [
    { name: component === "" ? "system" : component, kind: "module" },
    ...(by.endsWith("()")
      ? [{ name: by.slice(0, -2), fullyQualifiedName: `${component}.${by}`, kind: "function" }]
      : []),
  ];
}

function flowOf(trace: TraceRecord): Json {
  const sentences = sentencesOf(trace);
  const locations = trace.steps.map((step, k) => ({
    executionOrder: k + 1,
    location: { logicalLocations: placesOf(step), message: { text: sentences.short(step) } },
  }));
  return { message: { text: `A path of ${counted(trace.steps.length, "step")}.` }, threadFlows: [{ locations }] };
}

const KINDS = { passed: "pass", failed: "fail", expected: "fail", open: "open" } as const;
const LEVELS = { passed: "none", failed: "error", expected: "note", open: "none" } as const;

function resultOf({ property, outcome, words }: ClaimOutcome, { run, name }: RunOutcome, at: number): Json {
  const { verdict, known } = property;
  const trace = verdict.kind === "violated" ? verdict.trace : undefined;
  const last = trace?.steps.at(-1);
  const end = trace === undefined ? [] : endWords([trace]);
  const print = `${run.model.fingerprint}/${JSON.stringify(run.model.set)}/${property.id}`;
  return {
    ruleId: property.id,
    ruleIndex: at,
    kind: KINDS[outcome],
    level: LEVELS[outcome],
    message: { text: [`In ${name}: ${words}.`, property.statement, ...end.map((line) => `${line}.`)].join(" ") },
    locations: [{ logicalLocations: last ? placesOf(last) : [{ name: run.model.system, kind: "module" }] }],
    partialFingerprints: { "faultlineClaim/v1": print },
    ...(outcome === "expected" && {
      suppressions: [{ kind: "external", status: "accepted", justification: known ?? words }],
    }),
    ...(trace && trace.steps.length > 0 && { codeFlows: [flowOf(trace)] }),
  };
}

/** "faultline 0.1.0" */
function versionOf([first]: readonly RunRecord[]): Rule {
  const version = first?.tool.split(" ")[1];
  return version === undefined ? {} : { version };
}

/** A claim that the run says nothing about: no rule of the file, which has the claims that were judged. */
const notClaimedIn = ({ name, notClaimed, run }: RunOutcome): readonly Json[] =>
  notClaimed.map(({ id, words }) => ({
    ruleId: id,
    kind: "notApplicable",
    level: "none",
    message: { text: `${name}: ${words}.` },
    locations: [{ logicalLocations: [{ name: run.model.system, kind: "module" }] }],
  }));

/** A run that is missing is told as a warning of the tool. */
export function sarif(runs: readonly RunRecord[], absent: Absent = {}): Json {
  const outcomes = outcomesOf(runs);
  const rules = rulesOf(outcomes.flatMap(({ claims }) => claims));
  const ids = [...rules.keys()];
  const missing = absentTests(runs, absent);
  return {
    $schema: SCHEMA,
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "Faultline", ...versionOf(runs), rules: [...rules.values()] } },
        invocations: [
          {
            executionSuccessful: missing.length === 0,
            toolExecutionNotifications: missing.map(({ name, words }) => ({
              level: "warning",
              message: { text: `${name}: ${words}.` },
            })),
          },
        ],
        results: outcomes.flatMap((outcome) => [
          ...outcome.claims.map((claim) => resultOf(claim, outcome, ids.indexOf(claim.property.id))),
          ...notClaimedIn(outcome),
        ]),
      },
    ],
  };
}
