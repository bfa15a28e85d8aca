/** NST: the owner of each stage enables page faults of its stage. */
import { always, canAlways, sometimes } from "../../../checker/property.ts";
import { bothPossible, enables, enablers, registration } from "./parts.ts";
import { vfioRule } from "../sources.ts";

export const nstEnabling = [
  always({
    id: "NST-8",
    name: "stages-enable-in-any-order",
    statement: "The owner of one stage is never refused because of the state of the other stage.",
    source: vfioRule("5.1, D-02, rows 45, 64"),
    witness: "NST-9",
    applies: enables,
    reads: { enablers },
    holds: ({ enablers: list }) => list.every(({ state }) => state !== "refused"),
    values: ({ enablers: list }) => Object.fromEntries(list.map(({ name, state }) => [name, state])),
  }),
  sometimes({
    id: "NST-9",
    name: "one-stage-enabled",
    statement: "One stage is enabled while the other is not.",
    source: vfioRule("rows 43, 45"),
    applies: enables,
    reads: { registration },
    holds: ({ registration: { context } }) => context.stages.length === 1,
  }),
  canAlways({
    id: "NST-10",
    name: "both-stages-can-enable",
    statement: "Both stages can always become enabled.",
    source: vfioRule("I-31, D-02"),
    witness: "NST-9",
    applies: enables,
    reads: { registration },
    holds: ({ registration: { context } }) => context.stages.length === 2,
  }),
  sometimes({
    id: "NST-11",
    name: "both-stages-enabled",
    statement: "Both stages are enabled.",
    source: vfioRule("row 64"),
    applies: bothPossible,
    reads: { registration },
    holds: ({ registration: { context } }) => context.stages.length === 2,
  }),
  always({
    id: "NST-12",
    name: "no-absent-handler-used",
    statement: "No operation uses a fault handler that is not registered.",
    source: vfioRule("D-02"),
    witness: "NST-9",
    applies: enables,
    reads: { registration },
    holds: ({ registration: { context } }) => !context.nullUse,
  }),
] as const;
