/** What `list` alone says: what can be listed, how much there is of it, and an example of each. It fits 24 lines of 80. */
import type { Engine, Named } from "../ports.ts";

interface Row {
  readonly list: string;
  readonly names: readonly Named[];
  /** The example that is shown, where there is one of this name. */
  readonly example: string;
}

const rowsOf = (engine: Engine): readonly Row[] => [
  { list: "systems", names: engine.systems, example: "type1-unmap" },
  { list: "cuts", names: engine.cuts, example: "iommufd" },
  { list: "designs", names: engine.hosts, example: "linux-6.12.117" },
  { list: "hardware", names: engine.hardware, example: "amd" },
  { list: "bounds", names: engine.bounds, example: "small" },
  { list: "knobs", names: engine.knobs, example: "ovfLastResponse" },
  { list: "families", names: engine.families, example: "PIN" },
  {
    list: "properties",
    names: engine.properties.map(({ id, statement }) => ({ name: id, sentence: statement })),
    example: "RSP-12",
  },
  { list: "scenarios", names: engine.scenarios, example: "dropped-last-request" },
];

const MORE = `
A part of a list:
  faultline list knobs SYSTEM                   with defaults and values
  faultline list designs SYSTEM
  faultline list properties ID|FAMILY|SYSTEM

What a name means, what reads or sets it, and a command that shows it:
  faultline explain NAME        a name from these lists, an id such as K9, a
                                word of a chart, or a kernel function
`;

/** Names that several systems define are one name. */
const distinct = (names: readonly Named[]): number => new Set(names.map(({ name }) => name)).size;

const COLUMNS = "COMMAND                   HOW MANY";
const EXAMPLE = "  FOR EXAMPLE";
/** With less room than this for them there are no examples. */
const NARROWEST = 20;

export function overview(engine: Engine, width: number): string {
  const hasRoom = width - COLUMNS.length >= NARROWEST;
  const lines = rowsOf(engine).map(({ list, names, example }) => {
    const shown = names.find(({ name }) => name === example) ?? names[0];
    const start = `faultline list ${list.padEnd(10)} ${String(distinct(names)).padStart(8)}  `;
    const text = start + (shown && hasRoom ? `${shown.name}: ${shown.sentence}` : "");
    return !hasRoom || text.length <= width ? text.trimEnd() : `${text.slice(0, width - 4).trimEnd()} ...`;
  });
  return `${[COLUMNS + (hasRoom ? EXAMPLE : ""), ...lines].join("\n")}\n${MORE}`;
}
