/**
 * Which properties a system claims. A catalogue is shared by many systems, and a property is claimed where what it reads
 * exists: `claimsFor` selects those, and says of each other one why it is left out. A property given to a system by any
 * other way must be one that can be evaluated there.
 */
import { nearestOf } from "../../nearest.ts";
import type { Json } from "../../json.ts";
import type { Applicability, NotClaimed, Property, Roles } from "../../property.ts";
import { initialState } from "../../simulation.ts";
import { ModelError, type System, type SystemDefinition } from "../../wiring.ts";
import { reasonOf } from "./decided-by.ts";
import { instancesOf, namedIn, namesOf, type Named, type Parts } from "./instances.ts";
import { askAll, PredicateError, told } from "./predicate.ts";
import { sourceOfState } from "./source.ts";

const KINDS: readonly string[] = ["always", "sometimes", "canAlways", "leadsTo"];
const SELECTS: readonly string[] = ["each", "all", "optional", "messages", "parameters"];
/** Findings of a search that are no property. */
const RESERVED: readonly string[] = ["DEADLOCK", "MISTAKE"];

/** Catalogues without a mistake, and what was selected of them: systems are built by the thousand. */
const checked = new WeakSet<readonly Property[]>();
const selected = new WeakSet<readonly Property[]>();
const NOTHING: Named = { components: new Map(), channels: new Map() };

/**
 * The properties of the catalogue that a system of these parts claims, and those that it does not. Spread the result into
 * the definition.
 *
 * @param elsewhere All roles that some system with this catalogue has.
 * @throws ModelError for a role or witness that exists nowhere, with the nearest names.
 */
export function claimsFor(
  parts: Parts,
  catalogue: readonly Property[],
  elsewhere: Roles,
): Required<Pick<SystemDefinition, "properties" | "notClaimed" | "elsewhere">> {
  if (!checked.has(catalogue)) {
    checkCatalogue(catalogue);
    for (const property of catalogue) checkRoles(NOTHING, property, elsewhere);
    checked.add(catalogue);
  }
  const named = namedIn(parts);
  const absent = new Map(catalogue.map((property) => [property.id, absence(named, parts.parameters, property)]));
  const notClaimed: NotClaimed[] = [];
  const properties = catalogue.filter(({ id, witness }) => {
    const found = absent.get(id);
    if (found) notClaimed.push({ id, ...found });
    else if (witness !== undefined && absent.get(witness))
      notClaimed.push({ id, cause: "witness", because: `its witness ${witness} is not claimed` });
    else return true;
    return false;
  });
  selected.add(properties);
  return { properties, notClaimed, elsewhere };
}

/**
 * Refuses properties that could hold without being evaluated.
 *
 * @throws ModelError
 */
export function checkClaims(system: System): void {
  const { properties, elsewhere, witnesses } = system;
  if (properties.length === 0) return;
  const named = namedIn(system);
  if (!selected.has(properties)) {
    checkCatalogue(properties, witnesses);
    for (const property of properties) checkRoles(named, property, elsewhere);
  }
  // Also of what was selected: the system may have other parts now than those it was selected for.
  for (const property of properties) {
    const found = absence(named, system.parameters, property);
    if (found)
      throw new ModelError(
        `${property.id} can never be evaluated in "${system.name}": ${found.because}. Leave it out there.`,
      );
  }
  const groups = Object.keys(system.fairness ?? {});
  for (const { id, assumes = [] } of properties)
    for (const group of assumes)
      if (!groups.includes(group))
        throw new ModelError(
          `${id} assumes that "${group}" is fair; "${system.name}" has no such group.${nearestOf(group, groups)}`,
        );
  askOnce(system);
}

/** What is wrong with a list of properties whatever the system: ids, kinds, witnesses. */
function checkCatalogue(properties: readonly Property[], needs: SystemDefinition["witnesses"] = "required"): void {
  const kinds = new Map<string, string>();
  for (const { id, kind, holds, when, reads } of properties) {
    if (typeof id !== "string" || id === "" || RESERVED.includes(id) || id in Object.prototype)
      throw new ModelError(`A property has the id ${JSON.stringify(id)}, which is empty or reserved.`);
    if (kinds.has(id)) throw new ModelError(`Two properties have the id "${id}".`);
    if (!KINDS.includes(kind)) throw new ModelError(`${id} is of the kind "${kind}".${nearestOf(kind, KINDS)}`);
    if (typeof holds !== "function" || (kind === "leadsTo" && typeof when !== "function"))
      throw new ModelError(`${id} has no predicate.`);
    if (typeof (reads as unknown) !== "object")
      throw new ModelError(`${id} has no "reads": what its predicate sees, as { light: each("light") }.`);
    for (const [name, { select }] of Object.entries(reads))
      if (!SELECTS.includes(select))
        throw new ModelError(
          `${id} reads "${name}" by "${select}".${nearestOf(String(select), SELECTS)} It must be one of ${SELECTS.join(", ")}.`,
        );
    kinds.set(id, kind);
  }
  const witnesses = properties.flatMap(({ id, kind }) => (kind === "sometimes" ? [id] : []));
  for (const { id, kind, witness } of properties) {
    if (witness === undefined && (kind === "sometimes" || needs === "optional")) continue;
    if (witness === undefined) throw new ModelError(`${id} names no witness: the id of a "sometimes" beside it.`);
    if (kinds.get(witness) !== "sometimes")
      throw new ModelError(
        `${id} names the witness "${witness}", which is ${kinds.has(witness) ? 'no "sometimes"' : "no property beside it"}.${nearestOf(witness, witnesses)}`,
      );
  }
}

function checkRoles(named: Named, { id, reads }: Property, elsewhere: Roles | undefined): void {
  for (const { select, role } of Object.values(reads)) {
    if (select === "parameters") continue;
    const [what, other] =
      select === "messages" ? (["channel", "component"] as const) : (["component", "channel"] as const);
    const [own, others] = [named[`${what}s`], named[`${other}s`]];
    const known = elsewhere?.[`${what}s`] ?? [];
    if (own.has(role) || known.includes(role)) continue;
    const mixed = others.has(role) ? ` It is a role of ${other}s.` : "";
    const near = nearestOf(role, [...new Set([...own.keys(), ...known])]);
    const its = [...own].find(([, names]) => names.includes(role))?.[0];
    const name = its === undefined ? "" : ` It is the name of a ${what} with the role "${its}".`;
    throw new ModelError(`${id} reads role "${role}", which no ${what} has.${mixed}${name}${near}`);
  }
}

/** Why the property is not claimed where the system has these parts, or undefined. */
function absence(named: Named, parameters: Json, property: Property): Omit<NotClaimed, "id"> | undefined {
  const { applies, kind } = property;
  const says = (field: keyof Applicability): boolean => {
    const answer: unknown = applies ? applies[field](parameters) : true;
    if (typeof answer === "boolean") return answer;
    throw new ModelError(`${property.id}: applies.${field}() returned ${told(answer)}; it must return true or false.`);
  };
  if (!says("belongs")) return { cause: "kind", because: "it is about systems of another kind" };
  const reads = Object.values(property.reads).filter(({ select }) => select !== "parameters");
  const missing = reads.filter((read) => namesOf(named, read).length === 0);
  const needed = missing.find(({ select }) => select === "each" || select === "all");
  if (needed) return { cause: "role", because: `no component has the role "${needed.role}"` };
  if (missing.length === reads.length) {
    const roles = missing.map(({ role }) => `"${role}"`);
    return {
      cause: "nothing",
      because: roles.length > 0 ? `nothing has the role ${roles.join(" or ")}` : "it reads no component and no channel",
    };
  }
  // A "sometimes" is looked for wherever it could occur: whether it does is observed, and not worked out before.
  if (says("when") || kind === "sometimes") return undefined;
  return { cause: "parameters", because: reasonOf(applies!.when, parameters) };
}

/** In the first state each predicate must say yes or no; one that throws there ends as unknown when it is searched. */
function askOnce(system: System): void {
  const source = sourceOfState(initialState(system));
  for (const instance of instancesOf(system)) {
    try {
      askAll(instance, source);
    } catch (error) {
      if (error instanceof PredicateError && error.isNotBoolean)
        throw new ModelError(`${instance.property.id}: ${error.message}`);
      if (!(error instanceof PredicateError)) throw error;
    }
  }
}
