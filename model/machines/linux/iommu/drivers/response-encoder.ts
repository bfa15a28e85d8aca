/**
 * The driver's page_response op: a response of the IOPF core becomes a command in the command queue.
 *
 * Models  Linux 6.12, intel_iommu_page_response(), arm_smmu_page_response() and amd_iommu_page_response() (iopf-core 1.5). For
 *         PRI the command has the code as the number that it is in Linux, the PASID, and whether the request was the last of
 *         its group (LPIG of VT-d's descriptor; AMD has no such bit). IOMMU_PAGE_RESP_FAILURE is 2 on the wire, which a device
 *         takes for a Response Failure as it takes 15: H4 (wrong wire code). For a stalled transaction Success is CMD_RESUME
 *         with retry, any other code abort.
 * Omits   private data of a request, which page-requests/request-service.ts has.
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

/** A page group response in the command queue; for VT-d the descriptor page_grp_resp. */
export type PageGroupResponse = {
  readonly type: "command.responds";
  readonly device: number;
  /** Null: the PASID is not present. */
  readonly pasid: number | null;
  readonly prgi: number;
  /** What the device understands, and the number in the command. */
  readonly code: ResponseCode;
  readonly wireCode: number;
  /** LPIG: it responds to the last request of its group. */
  readonly last: boolean;
  readonly instance: number;
};

export type ResponseEncoderEmits =
  | PageGroupResponse
  | {
      readonly type: "command.resumes";
      readonly device: number;
      readonly stag: number;
      readonly action: "retry" | "abort";
      readonly instance: number;
    };

/** enum iommu_page_response_code: drivers copy it into the command. */
const WIRE_CODES: { readonly [code in ResponseCode]: number } = { success: 0, invalid: 1, failure: 2 };

/** The command that responds to the request with this code. */
export const pageGroupResponse = (
  request: Pick<PageGroupResponse, "device" | "pasid" | "prgi" | "last" | "instance">,
  code: ResponseCode,
): PageGroupResponse => ({ type: "command.responds", ...request, code, wireCode: WIRE_CODES[code] });

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
        const { device, pasid, grp, code, last } = event;
        const instance = instanceOf(event);
        if (context.transport === "pri")
          enqueue.emit(pageGroupResponse({ device, pasid, prgi: grp, last, instance }, code));
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
