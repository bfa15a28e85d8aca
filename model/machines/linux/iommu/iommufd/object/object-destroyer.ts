/**
 * iommufd_destroy(): the ioctl that destroys an object of iommufd by its ID.
 *
 * Models  IOMMU_DESTROY of Linux 6.12, drivers/iommu/iommufd/main.c: iommufd_object_remove() without
 *         REMOVE_WAIT_SHORTTERM, and iommufd_object_dec_wait_shortterm() (iopf-core 3.2). With users it fails with EBUSY;
 *         otherwise the ID is removed, the short-term users are awaited, and the memory is freed. In 6.12 the wait ends after
 *         60 s if there still is a short-term user: the count is put back with a warning, and the object stays in memory
 *         without an ID. Before 6f9c4d8c468c there was no wait.
 * Omits   iommufd_device_unbind(), the other caller of that wait, where the time-out was seen (B25: a warning in
 *         device_unbind). It waits before the ID is removed. After the time-out it drops its user and leaves the object in
 *         the table, and closing the iommufd file frees it.
 *         The faults that are answered when a fault queue is destroyed, which linux/iommu/iommufd/fault has.
 *         Time: a bounded wait may end at any moment while there is a short-term user.
 */
import { emit, setup } from "xstate";
import { atWill, linux612, messages } from "../../../../../said.ts";
import type { Message } from "../../../../../../checker/json.ts";

export interface ObjectDestroyerRules {
  readonly name: string;
  readonly waits: "until-unnamed" | "bounded" | "never";
}

const MAIN = "drivers/iommu/iommufd/main.c";

type ObjectDestroyerEmits =
  | { readonly type: "object.removes"; readonly by: string }
  | { readonly type: "object.awaits-unnamed" | "object.is-still-named" | "object.frees" };

const s = setup({
  types: {
    context: {} as { readonly rules: ObjectDestroyerRules },
    events: {} as
      | { readonly type: "destroyer.begins" | "destroyer.waits" | "destroyer.times-out" | "destroyer.frees" }
      | { readonly type: "object.removed"; readonly ok: boolean },
    emitted: {} as ObjectDestroyerEmits,
    input: {} as ObjectDestroyerRules,
  },
  guards: { waits: ({ context }) => context.rules.waits !== "never" },
});

export const objectDestroyer = s.createMachine({
  id: "object-destroyer",
  description: "an ioctl that destroys the fault object",
  meta: {
    origin: linux612(MAIN, "iommufd_object_remove"),
    lane: "{name}: IOMMU_DESTROY of the fault queue",
    messages: messages<ObjectDestroyerEmits>({
      "object.removes": "removes the ID, if the object has no other user",
      "object.awaits-unnamed": {
        says: "sees that the object has no short-term user",
        origin: linux612(MAIN, "iommufd_object_dec_wait_shortterm"),
      },
      "object.is-still-named": {
        says: "gives up after 60 s, and puts its short-term user back",
        origin: linux612(MAIN, "iommufd_object_dec_wait_shortterm"),
      },
      "object.frees": "frees the object",
    }),
  },
  context: ({ input }) => ({ rules: input }),
  initial: "idle",
  states: {
    idle: {
      description: "outside of the kernel",
      meta: { origin: atWill("user space") },
      on: {
        "destroyer.begins": {
          description: "calls IOMMU_DESTROY, and removes the ID",
          meta: { origin: linux612(MAIN, "iommufd_destroy") },
          target: "removing",
          actions: emit(({ context }) => ({ type: "object.removes", by: context.rules.name })),
        },
      },
    },
    removing: {
      description: "the ID is being removed",
      on: {
        "object.removed": [
          { guard: ({ event }) => !event.ok, target: "idle" },
          { guard: "waits", target: "waiting" },
          { target: "freeing" },
        ],
      },
    },
    waiting: {
      description: "waits until the object has no short-term user",
      meta: { origin: linux612(MAIN, "iommufd_object_dec_wait_shortterm") },
      on: {
        "destroyer.waits": {
          description: "sees that the object has no short-term user",
          target: "freeing",
          actions: emit({ type: "object.awaits-unnamed" }),
        },
        "destroyer.times-out": {
          description: "gives up the wait",
          target: "idle",
          actions: emit({ type: "object.is-still-named" }),
        },
      },
    },
    freeing: {
      description: "the ID is removed, and the object is to be freed",
      on: {
        "destroyer.frees": { description: "frees the object", target: "idle", actions: emit({ type: "object.frees" }) },
      },
    },
  },
});

export const objectDestroyerSteps = (waits: ObjectDestroyerRules["waits"]): readonly Message[] => [
  ...(waits === "never" ? [] : [{ type: "destroyer.waits" }]),
  { type: "destroyer.frees" },
];
