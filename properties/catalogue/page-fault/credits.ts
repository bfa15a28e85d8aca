/** CRD: credits of page requests. */
import { all, always, each, sometimes } from "../../../checker/property.ts";
import type { PriInterfaceContext } from "../../../model/machines/device/pri-interface.ts";
import type { PrgSlotContext } from "../../../model/machines/device/prg-slot.ts";
import { hardwareRule } from "../sources.ts";
import { allocationOf, longestItem } from "../../../model/systems/credits.ts";
import { where } from "../parameters.ts";

const pri = each<PriInterfaceContext>("pri-interface");
const slots = all<PrgSlotContext>("prg-slot");

/** Credits that the slot holds. */
const held = ({ sent, pages, reserves }: PrgSlotContext): number =>
  sent === 0 ? 0 : reserves === "group" ? pages.length : sent;

export const crd = [
  always({
    id: "CRD-1",
    name: "credits-in-range",
    statement: "The credits of a device are between zero and its allocation.",
    source: hardwareRule("S12, G4"),
    witness: "CRD-3",
    reads: { pri },
    parts: {
      "at least zero": ({ pri: { context } }) => context.credits >= 0,
      "at most the allocation": ({ pri: { context } }) => context.credits <= context.allocation,
    },
    values: ({ pri: { context } }) => ({ credits: context.credits, allocation: context.allocation }),
  }),
  always({
    id: "CRD-2",
    name: "credits-conserved",
    statement: "The free credits and the credits of unanswered groups add up to the allocation.",
    source: hardwareRule("S12"),
    witness: "CRD-3",
    reads: { pri, slots },
    given: {
      "the interface has not failed": ({ pri: p }) => p.state !== "failed",
      "no slot is confused": ({ slots: all_ }) => !all_.some(({ state }) => state === "confused"),
    },
    parts: {
      "free and held credits are the allocation": ({ pri: p, slots: all_ }) =>
        p.context.credits +
          all_
            .filter(({ context }) => context.device === p.context.device)
            .reduce((sum, { context }) => sum + held(context), 0) ===
        p.context.allocation,
    },
    values: ({ pri: p, slots: all_ }) => ({
      free: p.context.credits,
      held: all_.map(({ name, context }) => [name, held(context)]),
    }),
  }),
  sometimes({
    id: "CRD-3",
    name: "credits-used-up",
    statement: "All credits of a device are in use.",
    source: hardwareRule("G4"),
    applies: where((built) => built.bounds.slots * longestItem(built) >= allocationOf(built)),
    reads: { pri },
    holds: ({ pri: p }) => p.context.credits === 0,
  }),
  sometimes({
    id: "CRD-4",
    name: "response-failure",
    statement: "A Response Failure disables the page request interface of a device.",
    source: hardwareRule("H5"),
    applies: where(({ host }) => host.core === "6.12" && host.allocations === "may-fail"),
    reads: { pri },
    holds: ({ pri: p }) => p.state === "failed",
  }),
] as const;
