/** What the names in a report mean: families of properties, and codes of facts. */
import type { RunRecord } from "../checker/run-record.ts";
import type { Judged } from "./standing.ts";

type Entries = readonly (readonly [name: string, text: string])[];

const merged = (records: readonly { readonly [name: string]: string }[]): Entries =>
  Object.entries(Object.assign({}, ...records) as { readonly [name: string]: string });

/** Families that some run judged, in the order of the first run that judged them. */
export const familyLegend = (runs: readonly RunRecord[]): Entries =>
  merged(runs.map(({ legend }) => legend?.families ?? {}));

const compare = (a: string, b: string): number => a.localeCompare(b, "en", { numeric: true });

/** Facts that the reasons of these violations cite, by id. */
export const sourceLegend = (known: readonly Judged[]): Entries =>
  merged(
    known.map(({ run, property: { cites = [] } }) =>
      Object.fromEntries(cites.flatMap((id) => (run.legend?.sources[id] ? [[id, run.legend.sources[id]]] : []))),
    ),
  ).toSorted(([a], [b]) => compare(a, b));
