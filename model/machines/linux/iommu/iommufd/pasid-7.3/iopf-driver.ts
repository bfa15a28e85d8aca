/**
 * An IOMMU driver of Linux 7.3 that attaches domains to a device and its PASIDs: it counts the attachments whose domain has
 * a fault handler. With the first the device joins the IOPF queue, with the last it leaves it.
 *
 * Models  Linux 7.3.4, drivers/iommu/iommufd/selftest.c: mock_domain_nop_attach(), mock_domain_set_dev_pasid_nop(),
 *         mock_dev_enable_iopf(), mock_dev_disable_iopf(); the same count is in drivers/iommu/intel/iommu.h:
 *         iopf_for_domain_set(), iopf_for_domain_remove(), iopf_for_domain_replace(). The new domain is counted before the old
 *         one is uncounted, so that a replace of one fault queue by another never leaves the IOPF queue. The driver keeps
 *         the domain of requests without PASID by itself, and is told the old domain of a PASID.
 *         `fails` is an option of the selftest's driver: of the PASID 1024 every second set fails, until it is blocked.
 * Omits   Page tables, and what hardware does. Before the count of VT-d: PRI that is off, which is ENODEV.
 */
import { enqueueActions, setup } from "xstate";
import { linuxAt, messages } from "../../../../../said.ts";
import { ENOMEM, OK } from "../../../include/iommu.ts";
import type { Domain } from "../../io-pgfault/6.12/attach-handles.ts";

const SELFTEST = "drivers/iommu/iommufd/selftest.c";
const linux73 = (...functions: readonly string[]) => linuxAt("7.3.4", SELFTEST, ...functions);

/** `domain` null: the blocking domain. */
export type DomainSets = {
  readonly type: "domain.sets";
  readonly by: string;
  readonly device: number;
  readonly pasid: number;
  readonly domain: Domain | null;
  readonly old: Domain | null;
  readonly memory?: "none";
};

export interface IopfDriverInput {
  readonly queue: number;
  /** The PASID of which every second set fails; null: none. */
  readonly fails: number | null;
}

/** One device. */
type Device = {
  readonly device: number;
  /** The domain of requests without PASID; null: it is blocked. */
  readonly rid: Domain | null;
  /** iopf_refcount */
  readonly count: number;
  /** The next set of the PASID that fails will fail. */
  readonly willFail: boolean;
};

export interface IopfDriverContext extends IopfDriverInput {
  readonly devices: readonly Device[];
  /** The call that waits for the IOPF queue. */
  readonly call: DomainSets | null;
}

export type IopfDriverEmits =
  | { readonly type: "domain.set"; readonly by: string; readonly result: number }
  | { readonly type: "queue.adds"; readonly queue: number; readonly device: number; readonly memory?: "none" }
  | { readonly type: "queue.removes"; readonly queue: number; readonly device: number };

const s = setup({
  types: {
    context: {} as IopfDriverContext,
    events: {} as
      | DomainSets
      | { readonly type: "param.added"; readonly device: number; readonly queue: number; readonly result: number },
    emitted: {} as IopfDriverEmits,
    input: {} as IopfDriverInput,
  },
});

const NEW = { rid: null, count: 0, willFail: false } as const;
const deviceOf = ({ devices }: IopfDriverContext, device: number): Device =>
  devices.find((one) => one.device === device) ?? { device, ...NEW };

const hasHandler = (domain: Domain | null): boolean => domain !== null && domain.handler !== null;

/** The devices with this one changed; a device that is as new is not listed. */
function changed(context: IopfDriverContext, one: Device): Pick<IopfDriverContext, "devices"> {
  const others = context.devices.filter(({ device }) => device !== one.device);
  const isNew = one.rid === null && one.count === 0 && !one.willFail;
  return { devices: isNew ? others : [...others, one].sort((a, b) => a.device - b.device) };
}

/** Whether the selftest's driver fails this set, and what the next one does. */
function fake({ fails }: IopfDriverContext, { pasid, domain }: DomainSets, { willFail }: Device) {
  if (pasid !== fails) return { isFailure: false, next: willFail };
  if (domain === null) return { isFailure: false, next: false };
  return { isFailure: willFail, next: !willFail };
}

/** The new domain is counted: the old one is uncounted, and the call returns. */
const ends = s.enqueueActions(({ context, event, enqueue }) => {
  const call = event.type === "domain.sets" ? event : context.call!;
  const found = deviceOf(context, call.device);
  const { isFailure, next } =
    event.type === "domain.sets" ? fake(context, call, found) : { isFailure: false, next: found.willFail };
  const before = { ...found, willFail: next };
  enqueue.assign({ call: null });
  if (isFailure) {
    enqueue.assign(changed(context, before));
    enqueue.emit({ type: "domain.set", by: call.by, result: ENOMEM });
    return;
  }
  const old = call.pasid === 0 ? found.rid : call.old;
  const rid = call.pasid === 0 ? call.domain : found.rid;
  const count = found.count + Number(hasHandler(call.domain)) - Number(hasHandler(old));
  enqueue.assign(changed(context, { ...before, rid, count }));
  if (hasHandler(old) && count === 0)
    enqueue.emit({ type: "queue.removes", queue: context.queue, device: call.device });
  enqueue.emit({ type: "domain.set", by: call.by, result: OK });
});

export const iopfDriver = s.createMachine({
  id: "iopf-driver",
  description: "an IOMMU driver that counts the domains with a fault handler",
  meta: {
    origin: linux73("mock_domain_nop_attach", "mock_domain_set_dev_pasid_nop"),
    lane: "the IOMMU driver",
    messages: messages<IopfDriverEmits>({
      "domain.set": "returns {result}",
      "queue.adds": { says: "adds device {device} to IOPF queue {queue}", origin: linux73("mock_dev_enable_iopf") },
      "queue.removes": {
        says: "removes device {device} from IOPF queue {queue}",
        origin: linux73("mock_dev_disable_iopf"),
      },
    }),
  },
  context: ({ input }) => ({ ...input, devices: [], call: null }),
  initial: "idle",
  states: {
    idle: {
      description: "no domain is being set",
      on: {
        "domain.sets": [
          {
            description: "page faults of device {device} are enabled first",
            guard: ({ context, event }) =>
              hasHandler(event.domain) &&
              deviceOf(context, event.device).count === 0 &&
              !fake(context, event, deviceOf(context, event.device)).isFailure,
            target: "adding",
            actions: enqueueActions(({ context, event, enqueue }) => {
              const { type: _, ...call } = event;
              const found = deviceOf(context, event.device);
              enqueue.assign({
                call: { type: "domain.sets", ...call },
                ...changed(context, { ...found, willFail: fake(context, event, found).next }),
              });
              const memory = event.memory === undefined ? {} : { memory: event.memory };
              enqueue.emit({ type: "queue.adds", queue: context.queue, device: event.device, ...memory });
            }),
          },
          { actions: ends },
        ],
      },
    },
    adding: {
      description: "waits for iopf_queue_add_device()",
      meta: { origin: linux73("mock_dev_enable_iopf") },
      on: {
        "param.added": [
          { guard: ({ event }) => event.result === OK, target: "idle", actions: ends },
          {
            target: "idle",
            actions: enqueueActions(({ context, event, enqueue }) => {
              enqueue.assign({ call: null });
              enqueue.emit({ type: "domain.set", by: context.call!.by, result: event.result });
            }),
          },
        ],
      },
    },
  },
});
