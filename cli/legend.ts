/** What a record says of its own names: the families that it judged, and the facts that reasons of violations cite. */
import type { LegendRecord, PropertyRecord, RunRecord } from "../checker/run-record.ts";
import { families } from "../properties/catalogue/families.ts";
import { idsCitedIn } from "../scenarios/names/facts.ts";
import { sourceText } from "./dictionary/load.ts";

/** Ids that the reason or the note of a property cites, and that docs/sources.md has. */
function citedBy({ known = "", note = "" }: PropertyRecord): readonly string[] {
  return idsCitedIn(`${known} ${note}`).filter((id) => sourceText(id) !== undefined);
}

/** The record with its legend; the reasons of its violations name the facts that they cite. */
export function withLegend(record: RunRecord): RunRecord {
  const judged = new Set(record.properties.map(({ id }) => id.replace(/-\d+$/, "")));
  const properties = record.properties.map((property) => {
    const cites = citedBy(property);
    return cites.length > 0 ? { ...property, cites } : property;
  });
  const cited = [...new Set(properties.flatMap(({ cites = [] }) => cites))];
  const legend: LegendRecord = {
    families: Object.fromEntries(Object.entries(families).filter(([family]) => judged.has(family))),
    sources: Object.fromEntries(cited.map((id) => [id, sourceText(id)!])),
  };
  return { ...record, properties, legend };
}
