/**
 * The driver's page_response op: a response of the IOPF core becomes a command in the command queue.
 *
 * Models  Linux 6.12, intel_iommu_page_response(), arm_smmu_page_response() and amd_iommu_page_response() (iopf-core 1.5). For
 *         PRI the code goes out as it is. For a stalled transaction Success is CMD_RESUME with retry, any other code abort.
 *         "failure" stands for every wire code but 0 and 1 (hardware facts 2.3). IOMMU_PAGE_RESP_FAILURE is 2 on the wire,
 *         which a device takes for a Response Failure as it takes 15: H4 (wrong wire code).
 * Omits   PASIDs in responses, which page-requests/request-service.ts has.
 */
import { enqueueActions, setup } from "xstate";
import { linux, linux612, messages, unmerged, whereIs } from "../../../../said.ts";
import type { PageResponse } from "../../include/iommu.ts";
import type { ResponseCode } from "../../../../units.ts";
import type { PageRequestDriver } from "./page-request-drivers.ts";

export interface ResponseEncoderContext {
  readonly transport: "pri" | "stall";
  /** Whose function it is, where the transport is PRI; default: VT-d. */
  readonly driver?: PageRequestDriver;
}

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

/** The instance of the last request of the group. */
const instanceOf = ({ instances }: PageResponse): number => instances?.at(-1) ?? 0;

const RESPONSE = whereIs(linux612("drivers/iommu/intel/prq.c", "intel_iommu_page_response"), "driver", {
  amd: linux612("drivers/iommu/amd/ppr.c", "amd_iommu_page_response"),
  smmu: unmerged,
  none: unmerged,
});

export const responseEncoder = setup({
  types: {
    context: {} as ResponseEncoderContext,
    events: {} as PageResponse,
    emitted: {} as ResponseEncoderEmits,
    input: {} as ResponseEncoderContext,
  },
}).createMachine({
  id: "response-encoder",
  description: "ops->page_response() of the IOMMU driver",
  meta: {
    origin: RESPONSE,
    lane: "ops->page_response() of the IOMMU driver ({transport})",
    messages: messages<ResponseEncoderEmits>({
      "command.responds": "submits a page group response ({code}) for PRGI {prgi} of device {device}",
      "command.resumes": {
        says: "submits CMD_RESUME ({action}) for STAG {stag} of device {device}",
        origin: linux("drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c", "arm_smmu_page_response"),
      },
    }),
  },
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
