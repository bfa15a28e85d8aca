/** A trace and runs made by hand, small enough to check by eye: what the tests of the reports tell. */
import type { Json, Message } from "../checker/json.ts";
import type {
  PropertyRecord,
  RunRecord,
  StepRecord,
  TraceRecord,
  TransferRecord,
  Verdict,
} from "../checker/run-record.ts";

type Local = { readonly state: string; readonly context: Json };

const change = (component: string, before: Local, after: Local) => ({
  component,
  before,
  after,
});
const transfer = (from: string, how: TransferRecord["how"], to: string, message: Message): TransferRecord => ({
  from,
  to,
  how,
  message,
});
const own = (component: string, event: Message): StepRecord["action"] => ({
  kind: "event",
  component,
  event,
});

const request = { type: "page-request", page: 0, last: true };

/** The handler unpins a page that the table still maps: a simplified unmap against a late fault. */
export const unmapAgainstFault: TraceRecord = {
  schema: "faultline-trace/1",
  model: {
    system: "unmap",
    hardware: "vtd",
    host: "rfc-v2",
    bounds: "small",
    set: { premap: 1 },
    parameters: { pages: 1 },
    fingerprint: "0f3a",
  },
  property: {
    id: "PIN-1",
    statement: "A page a device can still reach is pinned.",
  },
  components: ["device", "request-queue", "fault-handler", "page", "io-page-table", "unmapper"],
  minimality: "shortest",
  steps: [
    {
      action: own("device", { type: "device.reads", page: 0 }),
      transfers: [transfer("device", "sent", "page-requests", request)],
      changes: [change("device", { state: "idle", context: {} }, { state: "waiting", context: {} })],
      holds: true,
      values: { pinned: false, reachable: false },
    },
    {
      action: { kind: "deliver", channel: "page-requests" },
      transfers: [
        transfer("page-requests", "delivered", "fault-handler", request),
        transfer("fault-handler", "call", "page", { type: "page.pin" }),
      ],
      changes: [
        change("fault-handler", { state: "idle", context: { page: null } }, { state: "pinned", context: { page: 0 } }),
        change("page", { state: "present", context: { pins: 0 } }, { state: "present", context: { pins: 1 } }),
      ],
      holds: true,
      values: { pinned: true, reachable: false },
    },
    {
      action: own("fault-handler", { type: "handler.maps" }),
      transfers: [
        transfer("fault-handler", "call", "io-page-table", {
          type: "map",
          page: 0,
          writable: false,
        }),
      ],
      changes: [
        change("fault-handler", { state: "pinned", context: { page: 0 } }, { state: "mapped", context: { page: 0 } }),
        change(
          "io-page-table",
          { state: "ready", context: { entries: [] } },
          { state: "ready", context: { entries: [0] } },
        ),
      ],
      holds: true,
      values: { pinned: true, reachable: true },
    },
    {
      action: own("device", { type: "device.reads", page: 1 }),
      transfers: [transfer("device", "lost", "page-requests", { ...request, page: 1 })],
      changes: [],
      holds: true,
      values: { pinned: true, reachable: true },
    },
    {
      action: own("unmapper", { type: "unmap.unpins", page: 0 }),
      transfers: [transfer("unmapper", "call", "page", { type: "page.unpin" })],
      changes: [
        change("unmapper", { state: "clearing", context: {} }, { state: "unpinning", context: {} }),
        change("page", { state: "present", context: { pins: 1 } }, { state: "present", context: { pins: 0 } }),
      ],
      holds: false,
      values: { pinned: false, reachable: true },
    },
  ],
};

/** A property with the verdict given. */
export const propertyWith = (id: string, verdict: Verdict, known?: string): PropertyRecord => ({
  id,
  kind: verdict.kind === "witnessed" || verdict.kind === "never-witnessed" ? "sometimes" : "always",
  statement: `The claim ${id} is made.`,
  source: {
    document: "Linux 6.12, drivers/iommu/io-pgfault.c",
    clause: "iommu_report_device_fault()",
  },
  verdict,
  ...(known === undefined ? {} : { known }),
});

/** A complete run with the properties given. */
export const runWith = (
  properties: readonly PropertyRecord[],
  search: Partial<RunRecord["search"]> = {},
): RunRecord => ({
  schema: "faultline-run/1",
  tool: "faultline 0.1.0",
  model: unmapAgainstFault.model,
  search: {
    kind: "exhaustive",
    complete: true,
    states: 12345,
    transitions: 67890,
    depth: 21,
    bytes: 2_000_000,
    ...search,
  },
  properties,
  seconds: 1.234,
});

/** One run of each kind: broken, incomplete, and as it should be. */
export const exampleRuns: readonly RunRecord[] = [
  runWith([
    propertyWith("PIN-1", { kind: "violated", trace: unmapAgainstFault }),
    propertyWith("PIN-2", { kind: "witnessed", depth: 3 }),
    propertyWith(
      "PRQ-1",
      {
        kind: "violated",
        trace: {
          ...unmapAgainstFault,
          property: { id: "PRQ-1", statement: "The claim PRQ-1 is made." },
        },
      },
      "the queue may overflow by design",
    ),
    propertyWith("UNM-1", { kind: "holds" }),
  ]),
  runWith(
    [
      propertyWith("PIN-1", {
        kind: "holds-within-bounds",
        bound: "max-states 500",
      }),
      propertyWith("PIN-2", {
        kind: "unknown",
        because: "not seen within the bound",
      }),
    ],
    { complete: false, states: 500, stoppedBy: "max-states 500" },
  ),
  runWith([propertyWith("UNM-1", { kind: "holds" }), propertyWith("UNM-2", { kind: "never-witnessed" })]),
];
