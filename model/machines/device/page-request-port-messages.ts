/** Context, events and messages of a page request interface; the machine itself is in page-request-port.ts. */
import type { PageRequest, RequestMode, ResponseCode } from "../../units.ts";

/** The code on the wire: a device treats every code other than 0 and 1 as Response Failure, reserved ones too (H4). */
export type WireCode = ResponseCode | "reserved";

export type PageResponseMessage = {
  readonly type: "pri.response";
  readonly device: number;
  readonly pasid: number | null;
  readonly prgi: number;
  readonly code: WireCode;
  readonly by: "software" | "hardware";
  /** Ghost: the instance of the request to which it responds. */
  readonly instance: number;
  /** Private data of the request; absent: the response carries none. */
  readonly data?: number;
};

/** The user and the index of a group. */
export type GroupKey = {
  readonly user: number;
  readonly device: number;
  readonly pasid: number | null;
  readonly prgi: number;
  /** Private data that each response must carry. */
  readonly data: number | null;
};

export type OutstandingGroup = GroupKey & {
  readonly size: number;
  readonly sent: number;
  /** Its user has stopped and does not wait for the response. */
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
  /** The device that got a Response Failure; null: RF is clear. */
  readonly failedBy: number | null;
  readonly uprgi: boolean;
  /**
   * Ghost. A response found the wrong group: an open one, or a later use of the index; or it did not carry the private
   * data of the group.
   */
  readonly unexpected: "none" | "open" | "earlier-use" | "other-data";
  /** Ghost. Enable rose while groups were outstanding, or a Reset forgot some that were. */
  readonly restartedEarly: boolean;
  /** Ghost. A request was sent after a Response Failure, and before Enable rose. */
  readonly sentAfterFailure: boolean;
}

export type PagePortEvent =
  | (GroupKey & { readonly type: "group.requests"; readonly size: number; readonly mode?: RequestMode })
  /** Its user stops with a stop marker. */
  | (GroupKey & { readonly type: "group.marks" })
  | PageResponseMessage
  | { readonly type: "pri.disables" | "pri.enables" | "pri.resets" }
  | { readonly type: "pri.allocates"; readonly credits: number }
  /** Is accepted only when Stopped is set. */
  | { readonly type: "pri.awaits-stopped" }
  /** Behind every response that was sent before. */
  | { readonly type: "responses.fences"; readonly device: number };

export type PagePortEmits =
  | ({ readonly type: "pri.request" } & PageRequest)
  | { readonly type: "user.answered"; readonly user: number; readonly code: ResponseCode }
  /** Its group has ended without a response. */
  | { readonly type: "user.loses"; readonly user: number }
  /** Its stop marker needs no waiting for: it was not sent. */
  | { readonly type: "marker.passed"; readonly device: number; readonly pasid: number | null }
  | { readonly type: "responses.fenced"; readonly port: number };
