/** What the reference says of a system: counts, and one word for each property, with the length of what is shortest. */
import type { System } from "../system.ts";
import { firstStuck } from "./can-always.ts";
import { claimsOf, type Claim } from "./claims.ts";
import { reversed, type Edges } from "./edges.ts";
import { explored, type Explored } from "./explore.ts";
import { Judge } from "./judge.ts";
import { assumedBy, isBroken, owing, Possible, type Promised } from "./live.ts";

export interface Said {
  readonly states: number;
  readonly transitions: number;
  readonly depth: number;
  /**
   * By id, and "DEADLOCK": "holds", "violated after 5", "witnessed after 3", "never-witnessed"; of `leadsTo` "violated". "left
   * out": it would hold of nothing, or need not occur and does not.
   */
  readonly verdicts: { readonly [id: string]: string };
}

/** @throws TooLarge where there are more states than `limit`; Mistake. */
export function saidByReference(system: System, limit?: number): Said {
  return saidOf(explored(system, limit));
}

export function saidOf(all: Explored): Said {
  const { system } = all.steps;
  const asked = new Verdicts(all);
  const byId = new Map<string, Claim[]>();
  for (const claim of claimsOf(system)) {
    const { id } = claim.property;
    byId.set(id, [...(byId.get(id) ?? []), claim]);
  }
  const verdicts: Record<string, string> = {};
  for (const [id, claims] of byId) verdicts[id] = asked.of(claims);
  for (const [id, claims] of byId)
    if (verdicts[id] === "holds" && (isUnseen(claims[0]!, verdicts) || !asked.owes(claims))) verdicts[id] = "left out";
  for (const { id, applies } of system.properties)
    if (verdicts[id] === "never-witnessed" && applies?.when(system.parameters) === false) verdicts[id] = "left out";
  if (system.deadlock !== "allowed") {
    const stuck = all.depths.findIndex((_, state) => all.offsets[state] === all.offsets[state + 1]);
    verdicts["DEADLOCK"] = asked.after("violated", stuck < 0 ? undefined : stuck) ?? "holds";
  }
  return {
    states: all.states.count,
    transitions: all.targets.length,
    depth: all.depths.at(-1)!,
    verdicts,
  };
}

/** Whether the witness of the claim is among the properties, and never occurs. */
const isUnseen = ({ property: { witness } }: Claim, verdicts: { readonly [id: string]: string }): boolean =>
  verdicts[witness ?? ""] === "never-witnessed";

class Verdicts {
  readonly #all: Explored;
  readonly #judge: Judge;
  readonly #possible: Possible;
  /** Of the claims that are asked for and hold, those that owe something at some time. */
  readonly #owing = new Set<Claim>();
  #reversed: Edges | undefined;

  constructor(all: Explored) {
    this.#all = all;
    this.#judge = new Judge(all);
    this.#possible = new Possible(all);
  }

  /** The verdict on a property, given all its claims. */
  of(claims: readonly Claim[]): string {
    const judge = this.#judge;
    const earliest = (find: (claim: Claim) => number | undefined): number | undefined =>
      claims.reduce<number | undefined>((first, claim) => {
        const found = find(claim);
        return found === undefined || (first !== undefined && first <= found) ? first : found;
      }, undefined);
    const { kind } = claims[0]!.property;
    switch (kind) {
      case "always":
        return (
          this.after(
            "violated",
            earliest((claim) => judge.first(claim, false)),
          ) ?? "holds"
        );
      case "sometimes":
        return (
          this.after(
            "witnessed",
            earliest((claim) => judge.first(claim, true)),
          ) ?? "never-witnessed"
        );
      case "canAlways": {
        const edges = (this.#reversed ??= reversed(this.#all));
        const stuck = (claim: Claim) => firstStuck(this.#all, edges, judge.values(claim, "holds"));
        return this.after("violated", earliest(stuck)) ?? "holds";
      }
      case "leadsTo":
        return claims.some((claim) => this.#breaks(claim)) ? "violated" : "holds";
      default:
        return kind satisfies never;
    }
  }

  after(word: string, state: number | undefined): string | undefined {
    return state === undefined ? undefined : `${word} after ${this.#all.depths[state]}`;
  }

  /** Whether something is owed at some time by claims that hold; what is no promise owes nothing, and is not about that. */
  owes(claims: readonly Claim[]): boolean {
    return claims.some((claim) => {
      if (claim.property.kind !== "leadsTo") return true;
      if (!this.#owing.has(claim)) return false;
      // Of some runs only: a whole fair run has to owe, as if nothing were ever paid.
      if (!claim.property.provided) return true;
      return this.#isBroken(claim, owing(this.#all, { ...this.#promised(claim), pays: () => false }));
    });
  }

  #breaks(claim: Claim): boolean {
    const owed = owing(this.#all, this.#promised(claim));
    if (owed.length > 0) this.#owing.add(claim);
    return this.#isBroken(claim, owed);
  }

  #isBroken(claim: Claim, owed: readonly number[]): boolean {
    return isBroken(this.#all, assumedBy(claim, this.#all), owed, this.#possible);
  }

  #promised(claim: Claim): Promised {
    const values = (field: "when" | "holds" | "provided") => this.#judge.values(claim, field);
    return {
      when: values("when"),
      pays: values("holds"),
      provided: claim.property.provided && values("provided"),
    };
  }
}
