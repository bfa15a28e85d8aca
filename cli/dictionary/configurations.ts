/** What a run is put together from: systems, designs, hardware, bounds; and the questions that runs answer. */
import { hardwarePresets, hardwareSentences } from "../../model/hardware/presets.ts";
import { hostPresets, hostSentences } from "../../model/hosts/presets.ts";
import { studies } from "../../model/systems/studies/index.ts";
import { systems } from "../../model/systems/systems.ts";
import { defaultsOf, systemNames, type Request } from "../../properties/build.ts";
import { families, familyOf } from "../../properties/catalogue/families.ts";
import { scenariosOf, type NameIndex } from "../../scenarios/names/index-of-names.ts";
import { scenarios } from "../../scenarios/questions/index.ts";
import type { Scenario } from "../../scenarios/scenario.ts";
import { asks, checks, details, idsCitedIn, smallSuite, unique, type Entry, type Meaning } from "./meaning.ts";

export const BOUNDS = [
  { name: "small", sentence: "Small sizes, with which the whole suite takes seconds." },
  {
    name: "default",
    sentence: "Sizes at which each system is explored completely, with at least 100,000 states where it has them.",
  },
  { name: "deep", sentence: "Larger sizes: more pages, groups or devices." },
];

const small = (system: string, changes: Partial<Request> = {}): Request => ({
  system,
  ...defaultsOf(system),
  bounds: "small",
  set: {},
  ...changes,
});

const questionWords = ({ id, question }: Scenario): string => `${id}: ${question}`;

function systemMeaning(name: string, index: NameIndex): Meaning {
  const study = studies.find((one) => one.name === name);
  const entry = systems.find((one) => one.name === name);
  const claimed = unique([...index.claimedIn].flatMap(([id, where]) => (where.includes(name) ? [familyOf(id)] : [])));
  const machines = index.machines.filter(({ uses }) => uses.some(({ system }) => system === name));
  const designs = study
    ? Object.entries(study.hosts).map(([host, { sentence }]) => `${host}: ${sentence}`)
    : entry!.hosts;
  return {
    kind: "system",
    name,
    means: (study ?? entry)!.sentence,
    details: details(
      ["Cut", study ? [study.cut] : []],
      ["Designs", study ? designs : [designs.join(", ")]],
      ["Hardware", entry ? [entry.hardware.join(", ")] : []],
      [
        "Families",
        [
          Object.keys(families)
            .filter((family) => claimed.includes(family))
            .join(", "),
        ],
      ],
      ["Questions", scenariosOf(name).map(questionWords)],
      ["Machines", machines.flatMap(({ file }) => file ?? [])],
    ),
    commands: [`npx faultline list knobs ${name}`, `npx faultline list properties ${name}`, ...checks([small(name)])],
  };
}

/** A design of one focused model, or of the page fault systems (`system` is empty). */
function designMeaning(name: string, system: string, means: string): Meaning {
  const where =
    system === ""
      ? systems.filter(({ hosts }) => hosts.some((host) => host === name)).map((one) => one.name)
      : [system];
  const study = studies.find((one) => one.name === system);
  const design: object = study ? study.hosts[name]!.design : hostPresets[name as keyof typeof hostPresets];
  const runs = smallSuite.filter((run) => run.host === name && where.includes(run.system));
  const known = unique(
    runs.flatMap((run) => Object.entries(run.known).map(([id, why]) => `${id} in ${run.system}: ${why}`)),
  );
  return {
    kind: "design",
    name,
    means: `${system === "" ? "" : `In ${system}: `}${means}`,
    details: details(
      ["Design of", [where.join(", ")]],
      ["Known to violate", known],
      [
        "Sets",
        [
          Object.entries(design)
            .flatMap(([knob, value]) => (knob === "name" ? [] : [`${knob}=${String(value)}`]))
            .join(", "),
        ],
      ],
    ),
    commands: checks([
      ...runs.filter(({ set }) => Object.keys(set).length === 0),
      ...where.map((one) => small(one, { host: name })),
      ...runs,
    ]).slice(0, 1),
  };
}

function hardwareMeaning(name: keyof typeof hardwarePresets): Meaning {
  const where = systems.filter(({ hardware }) => hardware.some((one) => one === name)).map((one) => one.name);
  return {
    kind: "hardware",
    name,
    means: hardwareSentences[name],
    details: details(
      ["Hardware of", [where.join(", ")]],
      [
        "Sets",
        [
          Object.entries(hardwarePresets[name])
            .flatMap(([knob, value]) => (knob === "name" ? [] : [`${knob}=${String(value)}`]))
            .join(", "),
        ],
      ],
    ),
    commands: checks(where.map((system) => small(system, { hardware: name }))).slice(0, 1),
  };
}

const VERDICT_WORDS = {
  holds: "holds",
  violated: "violated",
  witnessed: "witnessed",
  "never-witnessed": "never witnessed",
};

function scenarioMeaning(scenario: Scenario, { facts }: NameIndex): Meaning {
  const { id, question, answer, askedBy, rows, runs, evidence, given, when } = scenario;
  const cited = unique([...rows.map((row) => `row ${row}`), ...idsCitedIn(askedBy)]);
  const said = cited.flatMap((one) => facts.filter((fact) => fact.id === one).slice(0, 1));
  return {
    kind: "scenario",
    name: id,
    means: question,
    source: `${askedBy}${"where" in evidence ? `; ${evidence.kind} (${evidence.where})` : ""}.`,
    details: details(
      ["Answer", [answer]],
      ["Given", [given]],
      ["When", [when]],
      ["Cites", said.map((fact) => `${fact.id}: ${fact.text}`)],
      [
        "Runs",
        runs.map(({ label, request, expect }) => {
          const verdicts = Object.entries(expect).map(([property, verdict]) => `${property} ${VERDICT_WORDS[verdict]}`);
          return `${label} (${request.system}, ${request.host}): ${verdicts.join(", ")}`;
        }),
      ],
    ),
    commands: [...checks(runs.slice(0, 1).map(({ request }) => request)), asks(id)],
  };
}

export const configurationEntries = (index: NameIndex): readonly Entry[] => [
  ...systemNames.map((name): Entry => ({ kind: "system", names: [name], tell: () => systemMeaning(name, index) })),
  ...Object.entries(hostSentences).map(([name, sentence]): Entry => ({
    kind: "design",
    names: [name],
    tell: () => designMeaning(name, "", sentence),
  })),
  ...studies.flatMap(({ name: system, hosts }) =>
    Object.entries(hosts).map(([name, { sentence }]): Entry => ({
      kind: "design",
      names: [name],
      tell: () => designMeaning(name, system, sentence),
    })),
  ),
  ...(Object.keys(hardwarePresets) as (keyof typeof hardwarePresets)[]).map((name): Entry => ({
    kind: "hardware",
    names: [name],
    tell: () => hardwareMeaning(name),
  })),
  ...BOUNDS.map(({ name, sentence }): Entry => ({
    kind: "bounds",
    names: [name],
    tell: () => ({
      kind: "bounds",
      name,
      means: `Sizes of the search: ${sentence}`,
      details: [],
      commands: ["npx faultline list bounds", `npx faultline check stall-flat --bounds ${name}`],
    }),
  })),
  ...scenarios.map((scenario): Entry => ({
    kind: "scenario",
    names: [scenario.id],
    tell: () => scenarioMeaning(scenario, index),
  })),
];
