/** What the fault parameters of a device hear and say. Ids of groups are valid until `group.frees` or `group.freed`. */
import type { Fault, KernelWarning, PageResponse, ResponseCode } from "../../../include/iommu.ts";
import type { FaultParamRules } from "./fault-groups.ts";

type Named = { readonly device: number; readonly group: number };

export type FaultParamEvent =
  | { readonly type: "param.adds"; readonly device: number; readonly queue: number }
  | { readonly type: "param.removes"; readonly device: number; readonly queue: number }
  | { readonly type: "param.gets"; readonly device: number }
  | { readonly type: "param.puts"; readonly device: number }
  | { readonly type: "param.flushes"; readonly device: number }
  /** Somebody waits until nobody else names the parameters. */
  | { readonly type: "param.awaits-unnamed"; readonly device: number }
  | { readonly type: "partials.discard"; readonly device: number }
  | { readonly type: "partial.pushes"; readonly device: number; readonly fault: Fault }
  | { readonly type: "group.collects"; readonly device: number; readonly fault: Fault; readonly onStack: boolean }
  | ({ readonly type: "group.responds"; readonly code: ResponseCode } & Named)
  | ({ readonly type: "group.dequeues" } & Named)
  | ({ readonly type: "group.frees" } & Named)
  /** The handler queues the work of the group on the queue of its parameters. */
  | ({ readonly type: "work.queues" } & Named)
  /** Ghost: a holder lets go of a pointer that it never used again. */
  | ({ readonly type: "group.forgets" } & Named);

export type FaultParamEmits =
  | PageResponse
  | KernelWarning
  | { readonly type: "param.added"; readonly device: number; readonly queue: number; readonly result: number }
  | { readonly type: "param.removed"; readonly device: number; readonly queue: number; readonly found: boolean }
  | { readonly type: "param.got"; readonly device: number; readonly found: boolean }
  | { readonly type: "queue.flushes"; readonly device: number; readonly queue: number }
  | { readonly type: "flush.returns"; readonly device: number; readonly result: number }
  | ({ readonly type: "work.queued"; readonly queue: number } & Named)
  | ({ readonly type: "group.built"; readonly members: readonly Fault[] } & Named)
  /** Ghost: removal freed a group that its handler or a queued work may still name. */
  | ({ readonly type: "group.freed" } & Named);

export type FaultParamInput = {
  readonly device: number;
  readonly rules?: Partial<FaultParamRules>;
  /** For a device that starts on a queue; default 0. */
  readonly queue?: number;
};
