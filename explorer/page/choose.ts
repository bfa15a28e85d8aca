/** The form in which a system is chosen, with its design, hardware, sizes and knobs. */
import { settingText } from "../../cli/explorer/link.ts";
import { systems } from "../frozen/systems.ts";
import type { KnobView, Named, Options, SystemView } from "../protocol.ts";
import { button, el, found } from "./dom.ts";

export interface Choosing {
  readonly system: (name: string) => void;
  readonly options: (options: Options) => void;
}

/** The list of systems, filled once. */
export function listSystems({ system }: Choosing): void {
  const select = found<HTMLSelectElement>("system");
  const group = (label: string, isWhole: boolean): HTMLOptGroupElement =>
    el(
      "optgroup",
      { label },
      ...systems
        .filter((one) => one.isWhole === isWhole)
        .map(({ name, sentence }) => el("option", { value: name, title: sentence }, name)),
    );
  select.append(group("The whole path of a fault", true), group("Focused models", false));
  select.addEventListener("change", () => system(select.value));
}

/** What was chosen by hand: what is as the system has it by default is left out. */
export const chosenOptions = ({ chosen, knobs, hardware }: SystemView): Options => ({
  ...(hardware.length > 0 && { hardware: chosen.hardware }),
  design: chosen.design,
  bounds: chosen.bounds,
  set: knobs.filter(({ isSet }) => isSet).map(settingOf),
});

const settingOf = ({ name, value }: KnobView): string => `${name}=${settingText(value)}`;

const sentenceOf = (list: readonly Named[], name: string): string =>
  list.find((one) => one.name === name)?.sentence ?? "";

/** Shows what is built, and what could be instead. */
export function showChoice(view: SystemView, { options }: Choosing): void {
  const now = chosenOptions(view);
  found<HTMLSelectElement>("system").value = view.system;
  const { hardware, design, bounds } = view.chosen;
  choice("design", view.designs, design, (name) => options({ ...now, design: name }));
  choice("hardware", view.hardware, hardware, (name) => options({ ...now, hardware: name }));
  choice("bounds", view.bounds, bounds, (name) => options({ ...now, bounds: name }));
  found("hardware-field").hidden = view.hardware.length === 0;
  const sentence = systems.find(({ name }) => name === view.system)?.sentence ?? "";
  const lines = [sentence, `Design ${design}: ${sentenceOf(view.designs, design)}`, ...view.notes];
  found("about").replaceChildren(
    ...lines.map((line) => el("p", { class: "quiet" }, line)),
    el("pre", { tabindex: 0 }, view.command),
  );
  const others = (name: string): readonly string[] => now.set.filter((setting) => !setting.startsWith(`${name}=`));
  found("knobs").replaceChildren(
    ...view.knobs.map((knob) =>
      knobField(
        knob,
        (text) => options({ ...now, set: [...others(knob.name), `${knob.name}=${text}`] }),
        () => options({ ...now, set: others(knob.name) }),
      ),
    ),
  );
  const set = view.knobs.filter(({ isSet }) => isSet).length;
  found("knobs-title").textContent = `Knobs (${view.knobs.length}${set > 0 ? `, ${set} set` : ""})`;
}

function choice(id: string, list: readonly Named[], value: string, choose: (name: string) => void): void {
  const select = found<HTMLSelectElement>(id);
  select.replaceChildren(
    ...list.map(({ name, sentence }) => el("option", { value: name, title: sentence, selected: name === value }, name)),
  );
  select.onchange = () => choose(select.value);
}

/** The texts that a knob can be set to, where they are few. */
function textsOf({ values }: KnobView): readonly string[] | undefined {
  if (values.kind === "flag") return ["true", "false"];
  if (values.kind === "choice") return values.of;
  if (values.kind === "integer" && values.to - values.from < 20)
    return Array.from({ length: values.to - values.from + 1 }, (_, k) => String(values.from + k));
  return undefined;
}

function knobField(knob: KnobView, choose: (text: string) => void, reset: () => void): HTMLElement {
  const { name, sentence, values, isSet } = knob;
  const texts = textsOf(knob);
  const now = settingText(knob.value);
  const means = values.kind === "choice" ? values.means : {};
  const field = texts
    ? el(
        "select",
        { id: `knob-${name}` },
        ...texts.map((text) => el("option", { value: text, title: means[text], selected: text === now }, text)),
      )
    : el("input", { id: `knob-${name}`, type: "text", value: now, size: 8 });
  field.addEventListener("change", () => choose(field.value));
  return el(
    "div",
    { class: isSet ? "knob set" : "knob" },
    el("label", { for: `knob-${name}` }, name),
    field,
    ...(isSet ? [button("Default", reset, { "aria-label": `Default of ${name}` })] : []),
    el("span", { class: "quiet" }, sentence),
  );
}
