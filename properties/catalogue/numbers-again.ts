/** NUM: numbers that are given back and out again, and whom a late event with an old one reaches. */
import { all, always, each, leadsTo, sometimes } from "../../checker/property.ts";
import type { NumberSpaceContext } from "../../model/machines/linux/lib/number-space.ts";
import type { EventRingContext } from "../../model/machines/linux/iommu/numbers/event-ring.ts";
import type { NumberOwnerContext } from "../../model/machines/linux/iommu/numbers/number-owner.ts";
import type { NumbersAgainDesign, NumbersAgainSizes } from "../../model/systems/studies/numbers-again-design.ts";
import { inStudy } from "./parameters.ts";
import { coreRule, hardwareRule, iommufdRule } from "./sources.ts";

type Condition = (host: NumbersAgainDesign, bounds: NumbersAgainSizes) => boolean;
const here = (condition?: Condition) => inStudy<NumbersAgainDesign, NumbersAgainSizes>("numbers-again", condition);
const comesAgain: Condition = ({ numberOrder, numberEnd }) => numberOrder !== "retired" && numberEnd !== "never-freed";
const severalNumbers: Condition = (_, { numberCount }) => numberCount > 1;

const space = each<NumberSpaceContext>("number-space");
const ring = each<EventRingContext>("event-ring");
const owner = each<NumberOwnerContext>("number-owner");
const owners = all<NumberOwnerContext>("number-owner");

export const num = [
  always({
    id: "NUM-1",
    name: "event-reaches-its-owner",
    statement: "An event reaches the owner that had its number when the event was sent, or nobody.",
    source: coreRule("I18, D10"),
    witness: "NUM-2",
    applies: here(),
    reads: { ring },
    holds: ({ ring: { context: r } }) => !r.misdelivered,
  }),
  sometimes({
    id: "NUM-2",
    name: "event-of-ending-owner",
    statement: "An event waits whose owner is about to give its number back.",
    source: coreRule("I18"),
    applies: here(),
    reads: { ring, owners },
    holds: ({ ring: { context: r }, owners: every }) =>
      every.some(
        ({ state, context }) =>
          state === "ending" && r.events.some(({ owner: one, life }) => one === context.owner && life === context.life),
      ),
  }),
  always({
    id: "NUM-3",
    name: "number-has-one-owner",
    statement: "No two owners take a number for their own.",
    source: hardwareRule("S19"),
    witness: "NUM-4",
    applies: here(severalNumbers),
    reads: { owners },
    holds: ({ owners: every }) => {
      const numbers = every.flatMap(({ context }) => (context.number === null ? [] : [context.number]));
      return new Set(numbers).size === numbers.length;
    },
    values: ({ owners: every }) => ({ numbers: every.map(({ context }) => context.number) }),
  }),
  sometimes({
    id: "NUM-4",
    name: "two-owners-live",
    statement: "Two owners have a number at the same time.",
    source: hardwareRule("S19"),
    applies: here(severalNumbers),
    reads: { owners },
    holds: ({ owners: every }) => every.filter(({ context }) => context.number !== null).length > 1,
  }),
  always({
    id: "NUM-5",
    name: "number-given-back-once",
    statement: "No number is given back that nobody holds.",
    source: coreRule("I18"),
    witness: "NUM-6",
    applies: here(comesAgain),
    reads: { space },
    holds: ({ space: { context: c } }) => !c.freedTwice,
  }),
  sometimes({
    id: "NUM-6",
    name: "number-given-out-again",
    statement: "A number is given out again.",
    source: coreRule("D10"),
    applies: here(comesAgain),
    reads: { space },
    holds: ({ space: { context: c } }) => c.again,
  }),
  always({
    id: "NUM-7",
    name: "device-uses-own-number",
    statement: "A device sends only with a number that its owner holds.",
    source: iommufdRule("J29"),
    witness: "NUM-8",
    applies: here(),
    reads: { ring, space },
    holds: ({ ring: { context: r }, space: { context: c } }) =>
      r.tags.every((tag) => c.taken.some(({ number, owner: one }) => number === tag.number && one === tag.owner)),
    values: ({ ring: { context: r }, space: { context: c } }) => ({
      "sends with": r.tags.map(({ owner: one, number }) => ({ owner: one, number })),
      "held by": c.taken.map(({ owner: one, number }) => ({ owner: one, number })),
    }),
  }),
  sometimes({
    id: "NUM-8",
    name: "device-sends-with-number",
    statement: "An event waits in the ring.",
    source: coreRule("I18"),
    applies: here(),
    reads: { ring },
    holds: ({ ring: { context: r } }) => r.events.length > 0,
  }),
  leadsTo({
    id: "NUM-9",
    name: "owner-ends",
    statement: "An owner that begins to end gets to its end, whatever its device sends.",
    source: coreRule("L3"),
    witness: "NUM-2",
    applies: here(),
    reads: { owner },
    when: ({ owner: o }) => o.state === "ending",
    eventually: ({ owner: o }) => o.state !== "ending",
    assumes: ["threads"],
  }),
  always({
    id: "NUM-10",
    name: "numbers-do-not-run-out",
    statement: "An owner gets a number while one is held by nobody alive.",
    source: iommufdRule("J4"),
    witness: "NUM-8",
    applies: here(),
    reads: { space, owners },
    holds: ({ space: { context: c }, owners: every }) => {
      const alive = every.filter(({ context }) => context.number !== null).length;
      return !c.ranOut && (c.taken.length < c.most || alive >= c.most);
    },
  }),
] as const;
