/** What a page request interface remembers, hears and says; the machine itself is in page-request-port.ts. */
import type { PageRequest, RequestMode, ResponseCode } from "../../units.ts";

/** What is on the wire: any other code than 0 and 1 is a Response Failure to the device, the reserved ones too (H4). */
export type WireCode = ResponseCode | "reserved";

export type PageResponseMessage = {
  readonly type: "pri.response";
  readonly device: number;
  readonly pasid: number | null;
  readonly prgi: number;
  readonly code: WireCode;
  readonly by: "software" | "hardware";
  /** Ghost: of the request that it answers. */
  readonly instance: number;
  /** Absent: the answer brings nothing back. */
  readonly data?: number;
};

/** Who asks, and for which index. */
export type GroupKey = {
  readonly user: number;
  readonly device: number;
  readonly pasid: number | null;
  readonly prgi: number;
  /** What it wants back with each answer. */
  readonly data: number | null;
};

export type OutstandingGroup = GroupKey & {
  readonly size: number;
  readonly sent: number;
  /** Its user has stopped and does not wait for the answer. */
  readonly stale: boolean;
  readonly instance: number;
};

export interface PagePortInput {
  readonly port: number;
  readonly needsPasid: boolean;
  readonly allocation: number;
  readonly users: number;
  readonly instances: number;
  readonly afterFailure: "silent" | "asks-on";
}

export interface PagePortContext {
  readonly port: number;
  readonly needsPasid: boolean;
  readonly instances: number;
  readonly afterFailure: "silent" | "asks-on";
  readonly allocation: number;
  readonly credits: number;
  /** In the order in which they were begun. */
  readonly groups: readonly OutstandingGroup[];
  /** Ghost: by user, which use of its index is next, modulo `instances`. */
  readonly uses: readonly number[];
  /** The device whose answer was a Response Failure; null: RF is clear. */
  readonly failedBy: number | null;
  readonly uprgi: boolean;
  /**
   * Ghost. An answer found a group that it was not meant for: it is open, or an earlier use of its index was meant; or it
   * did not bring back what the group wants back.
   */
  readonly unexpected: "none" | "open" | "earlier-use" | "other-data";
  /** Ghost. Enable rose while groups were outstanding, or a Reset forgot some that were. */
  readonly restartedEarly: boolean;
  /** Ghost. A request was sent after a Response Failure, and before Enable rose. */
  readonly sentAfterFailure: boolean;
}

export type PagePortEvent =
  | (GroupKey & { readonly type: "group.requests"; readonly size: number; readonly mode?: RequestMode })
  /** Its user stops with a marker. */
  | (GroupKey & { readonly type: "group.marks" })
  | PageResponseMessage
  | { readonly type: "pri.disables" | "pri.enables" | "pri.resets" }
  | { readonly type: "pri.allocates"; readonly credits: number }
  /** Passes only when Stopped is set. */
  | { readonly type: "pri.awaits-stopped" }
  /** Behind every response that was sent before. */
  | { readonly type: "responses.fences"; readonly device: number };

export type PagePortEmits =
  | ({ readonly type: "pri.request" } & PageRequest)
  | { readonly type: "user.answered"; readonly user: number; readonly code: ResponseCode }
  /** Its group is gone without an answer. */
  | { readonly type: "user.loses"; readonly user: number }
  /** Its marker has been consumed; here: it was not sent at all. */
  | { readonly type: "marker.passed"; readonly device: number; readonly pasid: number | null }
  | { readonly type: "responses.fenced"; readonly port: number };
