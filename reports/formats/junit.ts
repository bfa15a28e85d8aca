/**
 * Runs as JUnit XML: a suite for each run, a case for each claim; what is skipped says why: what the
 * suite expects, what is open or not claimed, and runs without a result.
 */
import type { RunRecord } from "../../checker/run-record.ts";
import { chartOf } from "../chart.ts";
import { claimName, runName } from "../words.ts";
import {
  absentTests,
  outcomesOf,
  type Absent,
  type AbsentTest,
  type ClaimOutcome,
  type RunOutcome,
} from "./outcome.ts";

/** Characters that XML 1.0 cannot hold become "?". */
const escaped = (text: string): string =>
  text
    // oxlint-disable-next-line no-control-regex
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])/g, "?")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("\n", "&#10;");

/** Line ends stay as they are between tags. */
const content = (text: string): string => escaped(text).replaceAll("&#10;", "\n");

/** One for each run: readers tell a case by its class and name alone. They split a class at each dot, as in "6.12". */
const className = ({ model }: RunRecord): string =>
  [...runName(model).split(" "), model.bounds]
    .filter((part) => part !== "")
    .map((part) => part.replaceAll(".", "_"))
    .join(".");

const skippedLines = (of: string, name: string, words: string): readonly string[] => [
  `    <testcase classname="${escaped(of)}" name="${escaped(name)}">`,
  `      <skipped message="${escaped(words)}"/>`,
  "    </testcase>",
];

function caseLines(claim: ClaimOutcome, { broken, run }: RunOutcome): readonly string[] {
  const { property, outcome, words } = claim;
  const head = `    <testcase classname="${escaped(className(run))}" name="${escaped(claimName(property))}"`;
  if (outcome === "passed") return [`${head}/>`];
  if (outcome !== "failed") return skippedLines(className(run), claimName(property), words);
  const path = broken.find((one) => one.some((other) => other.property === property));
  const text = path ? `${chartOf(path)}` : property.statement;
  return [`${head}>`, `      <failure message="${escaped(words)}">${content(text)}</failure>`, "    </testcase>"];
}

function suiteLines(outcome: RunOutcome): readonly string[] {
  const { claims, name, run, notClaimed } = outcome;
  const count = (is: (claim: ClaimOutcome) => boolean): number => claims.filter(is).length;
  const failures = count((claim) => claim.outcome === "failed");
  const skipped = count((claim) => claim.outcome === "expected" || claim.outcome === "open") + notClaimed.length;
  const time = run.seconds === undefined ? "" : ` time="${run.seconds.toFixed(3)}"`;
  return [
    `  <testsuite name="${escaped(name)}" tests="${claims.length + notClaimed.length}" failures="${failures}" errors="0" skipped="${skipped}"${time}>`,
    ...claims.flatMap((claim) => caseLines(claim, outcome)),
    ...notClaimed.flatMap(({ id, words }) => skippedLines(className(run), id, words)),
    "  </testsuite>",
  ];
}

/** A run without a result, as one case that is skipped. */
const absentLines = ({ name, words }: AbsentTest): readonly string[] => [
  `  <testsuite name="${escaped(name)}" tests="1" failures="0" errors="0" skipped="1">`,
  ...skippedLines("faultline", name, words),
  "  </testsuite>",
];

export const junit = (runs: readonly RunRecord[], absent: Absent = {}): string =>
  [
    '<?xml version="1.0" encoding="UTF-8"?>',
    "<testsuites>",
    ...outcomesOf(runs).flatMap(suiteLines),
    ...absentTests(runs, absent).flatMap(absentLines),
    "</testsuites>",
    "",
  ].join("\n");
