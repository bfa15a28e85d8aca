/** What is violated in the runs of a page, expected or not, with links to the files beside it. */
import type { RunRecord } from "../../checker/run-record.ts";
import { counterexampleName, replayCommand } from "../counterexample.ts";
import { gist } from "../gist.ts";
import { sourceLegend } from "../legend.ts";
import { laid } from "../lines.ts";
import { gone, neverWitnessed } from "../lost.ts";
import { hasPage, pathsOf, type Broken, type BrokenByPath } from "../paths.ts";
import type { Judged } from "../standing.ts";
import { remarks, stories, type Telling } from "../text.ts";
import { claimName, counted, modelName, verdictWords } from "../words.ts";
import { tag, type Markup } from "./html.ts";
import { link, list, paragraph, type Section } from "./tables.ts";

type Words = readonly (string | Markup)[];

/** The files of a counterexample: its page where it has one, the chart of its path, and its steps as data. */
function filesOf({ trace }: Broken, path: BrokenByPath, { expectKnown }: Telling): Words {
  const name = `counterexamples/${counterexampleName(trace)}`;
  const page = hasPage(path, expectKnown) ? [link(`${name}.html`, "page"), ", "] : [];
  return [
    ...page,
    link(`counterexamples/${counterexampleName(path[0].trace)}.txt`, "chart"),
    ", ",
    link(`${name}.json`, "steps"),
  ];
}

function story(path: BrokenByPath, telling: Telling): readonly Markup[] {
  const [{ run, trace }, ...others] = path;
  const sentence = gist([trace, ...others.map((one) => one.trace)]);
  return [
    ...path.flatMap((broken) => [
      tag("h3", {}, claimName(broken.property)),
      paragraph(broken.property.statement),
      tag(
        "p",
        { class: broken.standing === "violated" ? "verdict" : "quiet" },
        `${broken.standing === "violated" ? "VIOLATED" : "KNOWN"} in ${counted(broken.trace.steps.length, "step")}`,
      ),
      ...remarks(broken).map((line) => paragraph(line)),
      paragraph(
        `Source: ${broken.property.source.document}, ${broken.property.source.clause}. `,
        ...filesOf(broken, path, telling),
      ),
    ]),
    ...(sentence === undefined ? [] : [paragraph(`In short: ${sentence}.`)]),
    tag("p", { class: "quiet" }, modelName(run.model)),
    tag("pre", { tabindex: 0 }, replayCommand(telling.directory, trace)),
  ];
}

/** A situation that never occurs, or a violation that is gone, as the text report has it. */
const block = (lines: readonly string[]): readonly Markup[] =>
  lines.length > 0 ? [tag("pre", { tabindex: 0 }, lines.join("\n").trimEnd())] : [];

/** Known violations by their reason: of each the property, the run, its length and its files. */
function knownOf(paths: readonly BrokenByPath[], known: readonly Judged[], telling: Telling): readonly Markup[] {
  const reasons = new Map<string, Words[]>();
  const add = ({ run, property }: Judged, how: Words): void => {
    const reason = property.known ?? "";
    const entry = [`${claimName(property)}, ${modelName(run.model)}: `, ...how];
    reasons.set(reason, [...(reasons.get(reason) ?? []), entry]);
  };
  for (const path of paths)
    for (const broken of path)
      if (broken.standing === "known")
        add(broken, [`${counted(broken.trace.steps.length, "step")}; `, ...filesOf(broken, path, telling)]);
  for (const claim of known)
    if (claim.property.verdict.kind !== "violated") add(claim, [verdictWords(claim.property.verdict)]);
  const groups = [...reasons].map(([reason, entries]) =>
    tag("details", {}, tag("summary", {}, `${reason} (${entries.length})`), list(entries)),
  );
  const codes = sourceLegend(known);
  return [
    ...groups,
    ...(codes.length > 0
      ? [
          tag(
            "details",
            {},
            tag("summary", {}, "What the codes in these reasons say"),
            list(codes.map(([id, text]) => `${id}: ${text}`)),
          ),
        ]
      : []),
  ];
}

export function violationSections(runs: readonly RunRecord[], telling: Telling): readonly Section[] {
  const { broken, known, outdated } = stories(runs, telling.expectKnown);
  const paths = pathsOf(runs);
  const isTold = (path: BrokenByPath): boolean =>
    path.some((one) => broken.some(({ property }) => property === one.property));
  return [
    {
      id: "violations",
      title: "Violations",
      content: [
        ...paths.filter(isTold).flatMap((path) => story(path, telling)),
        ...broken.flatMap((claim) => block(laid(neverWitnessed(claim, remarks(claim))))),
      ],
    },
    {
      id: "gone",
      title: "Listed as known, but not violated",
      content: outdated.flatMap((claim) => block(laid(gone(claim)))),
    },
    { id: "known", title: "Known violations, by reason", content: knownOf(paths, known, telling) },
  ];
}
