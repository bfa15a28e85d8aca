/**
 * The driver's page_response op: an answer of the core becomes a command in the command queue.
 *
 * Models  Linux 6.12 intel_iommu_page_response(), arm_smmu_page_response(), and the PPR counterpart of AMD (iopf-core
 *         1.5): for PRI the code goes out as it is; for a stalled transaction Success is RESUME/retry, everything else
 *         RESUME/abort. "failure" stands for every wire code but 0 and 1 (hardware facts 2.3): the raw 2 of H4 means the
 *         same to the device as 15.
 * Omits   PASIDs in responses.
 */
import { enqueueActions, setup } from "xstate";
import type { PageResponse } from "../../include/iommu.ts";
import type { ResponseCode } from "../../../../units.ts";

export type ResponseEncoderEmits =
  | {
      readonly type: "command.responds";
      readonly device: number;
      readonly prgi: number;
      readonly code: ResponseCode;
      readonly instance: number;
    }
  | {
      readonly type: "command.resumes";
      readonly device: number;
      readonly stag: number;
      readonly action: "retry" | "abort";
      readonly instance: number;
    };

/** The instance of the request that is answered: the last of the members. */
const instanceOf = ({ instances }: PageResponse): number => instances?.at(-1) ?? 0;

export const responseEncoder = setup({
  types: {
    context: {} as { transport: "pri" | "stall" },
    events: {} as PageResponse,
    emitted: {} as ResponseEncoderEmits,
    input: {} as { transport: "pri" | "stall" },
  },
}).createMachine({
  id: "response-encoder",
  context: ({ input }) => input,
  on: {
    "driver.page-response": {
      actions: enqueueActions(({ context, event, enqueue }) => {
        const { device, grp, code } = event;
        const instance = instanceOf(event);
        if (context.transport === "pri") enqueue.emit({ type: "command.responds", device, prgi: grp, code, instance });
        else
          enqueue.emit({
            type: "command.resumes",
            device,
            stag: grp,
            action: code === "success" ? "retry" : "abort",
            instance,
          });
      }),
    },
  },
});
