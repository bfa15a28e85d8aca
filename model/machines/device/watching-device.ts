/**
 * A device whose firmware looks at every new mapping, and stops if one is where it may not send.
 *
 * Models  ISM on s390, for which the probe at attach was mended (B-15).
 * Omits   how it is started again.
 */
import { setup } from "xstate";

const s = setup({
  types: {
    context: {} as { readonly reserved: readonly number[] },
    events: {} as { readonly type: "mapping.shown"; readonly page: number; readonly pages: number },
    input: {} as { readonly reserved: readonly number[] },
  },
});

export const watchingDevice = s.createMachine({
  id: "watching-device",
  context: ({ input }) => input,
  initial: "working",
  states: {
    working: {
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
    stopped: { on: { "mapping.shown": {} } },
  },
});
