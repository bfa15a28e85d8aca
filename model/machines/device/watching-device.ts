/**
 * A device whose firmware inspects every new mapping, and stops if one lies in a reserved region.
 *
 * Models  ISM on s390, for which the probe at attach was fixed (B-15, "vfio/type1: Respect IOMMU reserved regions in
 *         vfio_test_domain_fgsp()").
 * Omits   how the device is started again; its accesses, which range-device.ts has.
 */
import { setup } from "xstate";
import { atWill } from "../../said.ts";

const s = setup({
  types: {
    context: {} as { readonly reserved: readonly number[] },
    events: {} as { readonly type: "mapping.shown"; readonly page: number; readonly pages: number },
    input: {} as { readonly reserved: readonly number[] },
  },
});

export const watchingDevice = s.createMachine({
  id: "watching-device",
  description: "a device whose firmware inspects every new mapping",
  meta: { origin: atWill("firmware of a device"), lane: "the device whose firmware inspects new mappings" },
  context: ({ input }) => input,
  initial: "working",
  states: {
    working: {
      description: "has seen no mapping in a reserved region",
      on: {
        "mapping.shown": [
          {
            guard: ({ context: { reserved }, event: { page, pages } }) =>
              reserved.some((one) => one >= page && one < page + pages),
            target: "stopped",
          },
          {},
        ],
      },
    },
    stopped: { description: "has seen a mapping in a reserved region, and stopped", on: { "mapping.shown": {} } },
  },
});
