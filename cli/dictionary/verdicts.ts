/** The words in which results are told: verdicts, kinds of claims, and what reports say beside them. */
import type { PropertyKind } from "../../checker/property.ts";
import type { Entry, Kind } from "./meaning.ts";

/** What each kind of property says. */
export const KINDS_OF_CLAIM: { readonly [kind in PropertyKind]: string } = {
  always: "true in every reachable state",
  sometimes: "a reachability check: some reachable state shows the situation",
  canAlways: "from every reachable state, a state that satisfies the goal stays reachable",
  leadsTo: "on every fair run, what is owed comes",
};

interface Word {
  readonly names: readonly string[];
  readonly means: string;
  /** What the reader can do about it, or where it is told. */
  readonly also?: string;
  readonly commands: readonly string[];
}

const OVERFLOW = "npx faultline check pri-overflow --bounds small";
const DROPPED = "npx faultline check pri-overflow --bounds small --set ovfLastResponse=none";
const CIRCLE = "npx faultline check type1-unmap --bounds small";

const VERDICTS: readonly Word[] = [
  {
    names: ["holds"],
    means: "The claim is true in all reachable states, and the search was complete.",
    also: "A family holds when all its claims hold and each of its witnesses was seen.",
    commands: [OVERFLOW],
  },
  {
    names: ["holds within bounds", "holds-within-bounds"],
    means:
      "The witness was seen and no violation was found, but the search ended early: a bound, another violation, or Ctrl-C.",
    commands: ["npx faultline check pri-flat --bounds small --max-states 20000", DROPPED],
  },
  {
    names: ["no violation found, approximate", "approximate"],
    means:
      "No violation was found, but hashes stood for states (--approximate): a state may have been taken for another one, and missed.",
    also: "Exit code 3. The report says how probable that is, at most.",
    commands: ["npx faultline check pri-flat --bounds small --approximate"],
  },
  {
    names: ["violated", "VIOLATED"],
    means: "The claim is false, and a counterexample shows how, by a shortest or a one-minimal sequence of steps.",
    also: "Exit code 1. The report prints a chart and a command that replays it.",
    commands: [DROPPED],
  },
  {
    names: ["known", "KNOWN"],
    means: "The claim is violated, and the suite expects that of this design, with a reason.",
    also: "Exit code 0. A known violation that is gone fails the suite.",
    commands: [CIRCLE],
  },
  {
    names: ["gone", "no longer broken"],
    means: "A violation that the suite lists for this run was not found.",
    also: "Exit code 1: either the model changed, or the reason that the suite gives is wrong.",
    commands: [CIRCLE],
  },
  {
    names: ["witnessed"],
    means: "The situation of a reachability check (sometimes) occurs, so that claims about it are not vacuous.",
    commands: [OVERFLOW],
  },
  {
    names: ["never witnessed", "never-witnessed", "unseen"],
    means:
      "The search was complete and the situation of a reachability check never occurs: claims that depend on it are vacuous.",
    also: "Exit code 1, unless the suite expects it.",
    commands: [OVERFLOW],
  },
  {
    names: ["no violation", "no-violation"],
    means: "A random search made so many walks and found nothing; that proves nothing.",
    commands: ["npx faultline random pri-overflow --bounds small --runs 50"],
  },
  {
    names: ["unknown"],
    means: "The run has no verdict on the claim, and says why.",
    also: "Most often the search ended at a violation. With --stop-at never the whole space is searched.",
    commands: [`${DROPPED} --stop-at first`, `${DROPPED} --stop-at never`],
  },
  {
    names: ["left out", "not claimed"],
    means:
      "The property is skipped in this run, because its condition, a part that it reads, or its witness is missing here.",
    also: "The report lists what was left out, with the parameters that decided it. PIN(7/12) means that 7 of 12 were judged.",
    commands: ["npx faultline check pri-flat --bounds small"],
  },
  {
    names: ["deadlock", "DEADLOCK"],
    means: "In some reachable state no step is possible.",
    also: "A circle in which threads only wait is found by the claims about locks (LCK) and by leadsTo.",
    commands: [CIRCLE],
  },
  {
    names: ["complete"],
    means: "The search visited every reachable state within the bounds.",
    commands: [OVERFLOW],
  },
  {
    names: ["incomplete"],
    means: "The search ended before its end: at a bound, at a violation, or at an interrupt.",
    also: "Exit code 3, when nothing is violated.",
    commands: ["npx faultline check pri-flat --bounds small --max-states 20000"],
  },
];

const CLAIMS: readonly Word[] = [
  { names: ["always"], means: "The claim is true in every reachable state.", commands: [OVERFLOW] },
  {
    names: ["sometimes", "witness"],
    means:
      "A reachability check: some reachable state shows the situation. If it is never witnessed, claims that depend on it are vacuous.",
    commands: [OVERFLOW],
  },
  {
    names: ["canAlways"],
    means: "From every reachable state, a state that satisfies the goal stays reachable.",
    commands: [OVERFLOW],
  },
  {
    names: ["leadsTo"],
    means: "Whenever something is owed it comes, on every run that is fair to the steps that the property names.",
    also: "Kernel threads, queues and devices are assumed to go on; user space and guests are not.",
    commands: ["npx faultline check stall-flat --bounds small"],
  },
];

const entryOf =
  (kind: Kind) =>
  ({ names, means, also, commands }: Word): Entry => ({
    kind,
    names,
    tell: () => ({
      kind,
      name: names[0]!,
      means,
      details: also === undefined ? [] : [{ title: "Note", items: [also] }],
      commands,
    }),
  });

export const verdictEntries: readonly Entry[] = [
  ...VERDICTS.map(entryOf("verdict")),
  ...CLAIMS.map(entryOf("kind of claim")),
];
