/** What can be chosen in the system of this worker, and the run that a choice stands for: as on the command line. */
import type { Json } from "../../checker/json.ts";
import { selectionOf, type Names } from "../../cli/options.ts";
import { runsOf, warningOf } from "../../cli/selection.ts";
import { hardwareSentences } from "../../model/hardware/presets.ts";
import { hostSentences } from "../../model/hosts/presets.ts";
import { studies } from "../../model/systems/studies/index.ts";
import {
  allKnobs,
  ANY_HARDWARE,
  knobsOf,
  knobTableOf,
  parametersFor,
  replacedBy,
  systemNames,
  type Request,
} from "../../properties/build.ts";
import type { KnobView, Named, Options } from "../protocol.ts";

const named = (sentences: { readonly [name: string]: string }): readonly Named[] =>
  Object.entries(sentences).map(([name, sentence]) => ({ name, sentence }));

const hostsOf = (system: string): readonly Named[] => {
  const hosts = studies.find(({ name }) => name === system)?.hosts;
  return hosts ? Object.entries(hosts).map(([name, { sentence }]) => ({ name, sentence })) : named(hostSentences);
};

const BOUNDS: readonly Named[] = [
  { name: "small", sentence: "Small sizes: a search takes seconds at most." },
  { name: "default", sentence: "Sizes at which a search is complete, with many states." },
  { name: "deep", sentence: "Larger sizes: more pages, groups or devices." },
];

const namesOf = (system: string): Names => ({
  systems: systemNames.map((name) => ({ name, sentence: "" })),
  hardware: named(hardwareSentences),
  hosts: hostsOf(system).map((host) => ({ ...host, system })),
  bounds: BOUNDS,
  knobs: allKnobs,
  properties: [],
  scenarios: [],
});

/** @throws UsageError, with the sentences of the command line */
export function requestFor(system: string, { hardware, design, bounds, set }: Options): Request {
  const options = {
    ...(hardware !== undefined && { hardware }),
    ...(design !== undefined && { design }),
    ...(bounds !== undefined && { bounds }),
    set,
  };
  return runsOf(selectionOf(namesOf(system), [system], options))[0]!;
}

/** What can be chosen instead, and what is. */
export function choicesOf(request: Request) {
  const { system, hardware, host, bounds } = request;
  return {
    chosen: { hardware, design: host, bounds },
    hardware: hardware === ANY_HARDWARE ? [] : named(hardwareSentences),
    designs: hostsOf(system),
    bounds: BOUNDS,
    knobs: knobViews(request),
  };
}

function knobViews(request: Request): readonly KnobView[] {
  const table = knobTableOf(request.system);
  const parameters = parametersFor(request) as { readonly [part: string]: { readonly [knob: string]: Json } };
  const now: { readonly [knob: string]: Json } = Object.assign({}, ...Object.values(parameters));
  return knobsOf(request.system).map((name) => ({
    name,
    sentence: table[name]!.sentence,
    values: table[name]!.values,
    value: now[name] ?? null,
    isSet: Object.hasOwn(request.set, name),
  }));
}

/** What the user should know of the choice before the search. */
export function notesOn(request: Request): readonly string[] {
  const warning = warningOf(request);
  const replaced = replacedBy(request).map(
    ({ knob, from, to, of, because }) =>
      `${knob} is ${JSON.stringify(to)} and not ${JSON.stringify(from)} of ${of}: ${because}.`,
  );
  return [...replaced, ...(warning === undefined ? [] : [`Note: ${warning.replaceAll(/\s+/g, " ")}.`])];
}
