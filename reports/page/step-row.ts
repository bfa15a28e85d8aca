/** One step of a page: its drawing with words beside it, and below, when it is chosen, everything that it changes. */
import type { Json } from "../../checker/json.ts";
import type { StepRecord, TraceRecord, TransferRecord } from "../../checker/run-record.ts";
import { flat, partsBefore } from "../compared.ts";
import { violatedAfter } from "../evaluation.ts";
import { actionWords, brief, differences, messageWords, valueWords } from "../phrases.ts";
import { sentencesOf, type Sentences } from "../spoken.ts";
import { tag, type Markup } from "./html.ts";
import { touchedBy, type Lanes } from "./lane-states.ts";
import { drawing } from "./step-drawing.ts";

const VERBS: Readonly<Record<TransferRecord["how"], string>> = {
  call: "->",
  sent: "..>",
  delivered: "takes from",
  lost: "..x",
  ignored: "ignores, from",
};

function transferWords({ from, to, how, message, says }: TransferRecord): string {
  const words = says?.text ?? messageWords(message);
  return how === "delivered" || how === "ignored"
    ? `${to} ${VERBS[how]} ${from}: ${words}`
    : `${from} ${VERBS[how]} ${to}: ${words}`;
}

function changesTable({ changes }: StepRecord): readonly Markup[] {
  const rows = changes.flatMap(({ component, before, after }) => [
    ...(before.state === after.state ? [] : [[component, "state", before.state, after.state] as const]),
    ...differences(before.context, after.context).map(
      ([path, was, is]) => [component, path, valueWords(was), valueWords(is)] as const,
    ),
  ]);
  if (rows.length === 0) return [tag("p", { class: "quiet" }, "No component changes.")];
  return [
    tag(
      "table",
      {},
      tag(
        "thead",
        {},
        tag(
          "tr",
          {},
          ["component", "field", "before", "after"].map((title) => tag("th", { scope: "col" }, title)),
        ),
      ),
      tag(
        "tbody",
        {},
        rows.map(([component, field, was, is]) =>
          tag(
            "tr",
            {},
            tag("td", {}, component),
            tag("td", {}, field),
            tag("td", {}, tag("del", {}, was)),
            tag("td", {}, is),
          ),
        ),
      ),
    ),
  ];
}

/** What a predicate compares, and since which step (from 0) it is so; undefined: since the first step, or before it. */
export interface SetAt {
  readonly value: Json;
  readonly since: number | undefined;
}

/**
 * After each step. Of components that are compared as a whole there are only fields that change along the path: the rest is as
 * it was in the beginning.
 */
export function setAt(steps: readonly StepRecord[]): readonly ReadonlyMap<string, SetAt>[] {
  const [first] = steps;
  if (!first) return [];
  const all = steps.map(flat);
  const before = partsBefore(first);
  const texts = new Map<string, Set<string>>();
  for (const values of [before, ...all])
    for (const [name, { value }] of values) texts.set(name, (texts.get(name) ?? new Set()).add(JSON.stringify(value)));
  let now = new Map([...before].map(([name, { value }]): [string, SetAt] => [name, { value, since: undefined }]));
  return all.map((values, k) => {
    const next = new Map<string, SetAt>();
    for (const [name, { value, isPart }] of values) {
      if (isPart && texts.get(name)!.size === 1) continue;
      const was = now.get(name);
      const isSame = was !== undefined && JSON.stringify(was.value) === JSON.stringify(value);
      next.set(name, isSame ? was : { value, since: was === undefined ? undefined : k });
    }
    now = next;
    return next;
  });
}

/** What the claim is given, and its parts. */
const saidOf = ({ given = {}, parts = {} }: StepRecord): { readonly [name: string]: boolean } => ({
  ...Object.fromEntries(Object.entries(given).map(([name, holds]) => [`given: ${name}`, holds])),
  ...parts,
});

/** Since which step (from 0) each part of the claim is as it is. */
const partsSetAt = (steps: readonly StepRecord[]): readonly ReadonlyMap<string, SetAt>[] =>
  setAt(steps.map((step) => ({ ...step, values: saidOf(step) })));

const stepLink = (k: number): Markup => tag("a", { href: `#step=${k + 1}` }, `step ${k + 1}`);

function valuesTable(trace: TraceRecord, k: number, { values, parts }: Compared): readonly Markup[] {
  const { holds, given = {} } = trace.steps[k]!;
  const firstPart = Object.keys(given).length;
  const isPart = (row: number): boolean => row >= firstPart && row < parts.size;
  if (values.size === 0 && holds === undefined) return [];
  const title = `What ${trace.property.id} compares after this step${holds === undefined ? "" : holds ? ": true" : ": false"}`;
  return [
    tag("p", {}, title),
    tag(
      "table",
      {},
      tag(
        "thead",
        {},
        tag(
          "tr",
          {},
          ["name", "value", "set at"].map((name) => tag("th", { scope: "col" }, name)),
        ),
      ),
      tag(
        "tbody",
        {},
        [...parts, ...values].map(([name, { value, since }], row) =>
          tag(
            "tr",
            { class: since === k ? "changed" : undefined },
            tag("td", { class: row < parts.size ? "part" : undefined }, name),
            tag("td", { class: isPart(row) && value === false ? "verdict" : undefined }, brief(value)),
            tag("td", {}, since === undefined ? "step 1 or before" : stepLink(since)),
          ),
        ),
      ),
    ),
  ];
}

/** What is compared after a step: the parts of the claim, and the values that they read. */
interface Compared {
  readonly parts: ReadonlyMap<string, SetAt>;
  readonly values: ReadonlyMap<string, SetAt>;
}

export interface Scene {
  readonly trace: TraceRecord;
  readonly lanes: Lanes;
  readonly sentences: Sentences;
  readonly compared: readonly Compared[];
}

export function sceneOf(trace: TraceRecord, lanes: Lanes): Scene {
  const parts = partsSetAt(trace.steps);
  const compared = setAt(trace.steps).map((values, k) => ({ values, parts: parts[k]! }));
  return { trace, lanes, sentences: sentencesOf(trace), compared };
}

export function stepRow({ trace, lanes, sentences, compared }: Scene, k: number): Markup {
  const step = trace.steps[k]!;
  const sentence = sentences.short(step);
  const isInCycle = trace.loop !== undefined && k >= trace.loop;
  const id = `step=${k + 1}`;
  const names = [...touchedBy(step, lanes.flights)].filter((name) => lanes.names.includes(name));
  const ends = violatedAfter(trace) === k + 1 ? `${trace.property.id} is violated here` : "";
  return tag(
    "li",
    {
      class: isInCycle ? "step cycle" : "step",
      id,
      "data-lanes": names.join(" "),
      "data-said": `step ${k + 1} of ${trace.steps.length}: ${sentence} ${ends}`.trimEnd(),
    },
    tag(
      "div",
      { class: "row" },
      tag("span", { class: "no" }, tag("a", { href: `#${id}` }, k + 1)),
      tag(
        "div",
        { class: "lines" },
        tag("div", { title: sentence }, sentence),
        step.transfers.map((transfer) => {
          const words = transferWords(transfer);
          return tag("div", { class: "quiet", title: words }, words);
        }),
      ),
      drawing(step, k, lanes),
    ),
    tag(
      "div",
      { class: "detail" },
      tag(
        "p",
        { class: "quiet" },
        actionWords(step.action),
        step.says && step.says.by !== "" ? ` - ${step.says.by}` : "",
      ),
      changesTable(step),
      valuesTable(trace, k, compared[k]!),
    ),
  );
}
