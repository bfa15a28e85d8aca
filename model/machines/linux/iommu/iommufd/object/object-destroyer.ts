/**
 * The system call that destroys an object of iommufd by its ID.
 *
 * Models  IOMMU_DESTROY of Linux 6.12, drivers/iommu/iommufd/main.c: iommufd_object_remove() without
 *         REMOVE_WAIT_SHORTTERM, and iommufd_object_dec_wait_shortterm() (iopf-core 3.2): with users it fails (EBUSY),
 *         otherwise the ID goes, then it waits for short-term users, then the memory goes. In 6.12 the wait ends after 60 s
 *         if somebody is still inside: the count is put back, with a warning, and the object stays in memory, in no table.
 *         Before 6f9c4d8c468c nothing was waited for.
 * Omits   iommufd_device_unbind(), the other caller of that wait, and the one where it was seen to give up (B25): it waits
 *         before the ID is removed, and when it gives up it puts its user back and leaves the object in the table, for the
 *         close of the iommufd file to free. What is answered when a fault queue goes (study iommufd). Time: a wait that is
 *         bounded may end at any moment while somebody is inside.
 */
import { emit, setup } from "xstate";
import type { Message } from "../../../../../../checker/json.ts";

export interface ObjectDestroyerRules {
  readonly name: string;
  readonly waits: "until-unnamed" | "bounded" | "never";
}

const s = setup({
  types: {
    context: {} as { readonly rules: ObjectDestroyerRules },
    events: {} as
      | { readonly type: "destroyer.begins" | "destroyer.waits" | "destroyer.times-out" | "destroyer.frees" }
      | { readonly type: "object.removed"; readonly ok: boolean },
    emitted: {} as
      | { readonly type: "object.removes"; readonly by: string }
      | { readonly type: "object.awaits-unnamed" | "object.is-still-named" | "object.frees" },
    input: {} as ObjectDestroyerRules,
  },
  guards: { waits: ({ context }) => context.rules.waits !== "never" },
});

export const objectDestroyer = s.createMachine({
  id: "object-destroyer",
  context: ({ input }) => ({ rules: input }),
  initial: "idle",
  states: {
    idle: {
      on: {
        "destroyer.begins": {
          target: "removing",
          actions: emit(({ context }) => ({ type: "object.removes", by: context.rules.name })),
        },
      },
    },
    /** Within the step of its beginning. */
    removing: {
      on: {
        "object.removed": [
          { guard: ({ event }) => !event.ok, target: "idle" },
          { guard: "waits", target: "waiting" },
          { target: "freeing" },
        ],
      },
    },
    waiting: {
      on: {
        "destroyer.waits": { target: "freeing", actions: emit({ type: "object.awaits-unnamed" }) },
        "destroyer.times-out": { target: "idle", actions: emit({ type: "object.is-still-named" }) },
      },
    },
    freeing: { on: { "destroyer.frees": { target: "idle", actions: emit({ type: "object.frees" }) } } },
  },
});

export const objectDestroyerSteps = (waits: ObjectDestroyerRules["waits"]): readonly Message[] => [
  ...(waits === "never" ? [] : [{ type: "destroyer.waits" }]),
  { type: "destroyer.frees" },
];
