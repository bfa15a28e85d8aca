/** Every sentence that may name a kernel function, with what it is a sentence of. */
import { hardwareSentences } from "../../model/hardware/presets.ts";
import { hostSentences } from "../../model/hosts/presets.ts";
import { studies } from "../../model/systems/studies/index.ts";
import { systems } from "../../model/systems/systems.ts";
import { allKnobs } from "../../properties/build.ts";
import { catalogue } from "../../properties/catalogue/index.ts";
import { departures } from "../../properties/departures/index.ts";
import { scenarios } from "../questions/index.ts";
import type { Fact } from "./facts.ts";

/**
 * `of` names the thing: a property id, a knob, "type1-unmap/linux-6.1.192" for a design of a focused model, a scenario, a
 * fact id; of a deliberate defect it is the system, and `settings` are its knobs.
 */
export interface Mention {
  readonly kind: "property" | "knob" | "system" | "design" | "hardware" | "scenario" | "defect" | "fact";
  readonly of: string;
  readonly text: string;
  readonly settings?: { readonly [knob: string]: unknown };
}

const properties = catalogue.map(({ id, statement, source }): Mention => ({
  kind: "property",
  of: id,
  text: `${statement} (${source.document}, ${source.clause})`,
}));
const knobs = allKnobs.map(({ name, sentence }): Mention => ({ kind: "knob", of: name, text: sentence }));
const ofSystems = [
  ...systems.map(({ name, sentence }): Mention => ({ kind: "system", of: name, text: sentence })),
  ...studies.map(({ name, sentence, cut }): Mention => ({ kind: "system", of: name, text: `${sentence} ${cut}` })),
];
const designs = [
  ...Object.entries(hostSentences).map(([of, text]): Mention => ({ kind: "design", of, text })),
  ...studies.flatMap(({ name, hosts }) =>
    Object.entries(hosts).map(([host, { sentence }]): Mention => ({
      kind: "design",
      of: `${name}/${host}`,
      text: sentence,
    })),
  ),
];
const hardware = Object.entries(hardwareSentences).map(([of, text]): Mention => ({ kind: "hardware", of, text }));
const questions = scenarios.map(({ id, question, given, when, answer, evidence }): Mention => {
  const where = "where" in evidence ? ` (${evidence.where})` : "";
  return { kind: "scenario", of: id, text: `${question} ${given} ${when} ${answer}${where}` };
});
const defects = departures.map(({ when, reason, shown }): Mention => ({
  kind: "defect",
  of: shown.system,
  text: reason,
  settings: when,
}));

export const mentions = (facts: readonly Fact[]): readonly Mention[] => [
  ...questions,
  ...properties,
  ...knobs,
  ...designs,
  ...ofSystems,
  ...hardware,
  ...defects,
  ...facts.map(({ id, text }): Mention => ({ kind: "fact", of: id, text })),
];
