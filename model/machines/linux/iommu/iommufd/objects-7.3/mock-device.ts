/**
 * The device of iommufd's selftest, with the part of its driver that is below one device.
 *
 * Models  Linux 7.3, drivers/iommu/iommufd/selftest.c: mock_domain_nop_attach(), mock_domain_set_dev_pasid_nop() with its
 *         error on purpose for PASID 1024, mock_dev_enable_iopf(), mock_dev_disable_iopf(), iommufd_test_trigger_vevent(),
 *         mock_get_viommu_size(), the four cache entries (J28 to J30, J90, J91). An attach to an HWPT of a vIOMMU needs a
 *         vDEVICE there, and copies its virtual ID; the copy is made only when the vIOMMU changes, and virtual ID 0 counts
 *         as none. Page faults are enabled for the new HWPT before they are disabled for the old one.
 *         `virtCopy: "each-attach"` is what drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3-iommufd.c does:
 *         arm_smmu_attach_prepare_vmaster() looks up the virtual ID at each attach.
 * Omits   viommu_rwsem and iopf_rwsem: an attach, and a report, is one step each.
 */
import { assign, setup } from "xstate";
import { linuxAt, messages } from "../../../../../said.ts";
import { EINVAL, ENOENT, ENOMEM, EOPNOTSUPP, OK } from "../../../include/iommu.ts";
import { answered, answerSays, type Answers } from "./call-messages.ts";
import type { Named } from "./object-messages.ts";

export interface MockDeviceRules {
  /** What an attach to an HWPT of a vIOMMU needs there. */
  readonly attachNeeds: "vdevice" | "nothing";
  /** When the driver looks up the virtual ID that its events carry. */
  readonly virtCopy: "new-viommu" | "each-attach" | "each-report";
}

/** selftest.c of 7.3.4. */
export const MOCK_7_3: MockDeviceRules = { attachNeeds: "vdevice", virtCopy: "new-viommu" };

export interface MockDeviceContext {
  readonly rules: MockDeviceRules;
  readonly at: number;
  readonly viommu: Named | null;
  readonly virt: number;
  /** Entries of its cache that were invalidated. */
  readonly cleared: readonly number[];
  /** Attachments whose HWPT has a fault queue, and the PASIDs that have one. */
  readonly faulting: readonly number[];
  /** The next attach of PASID 1024 fails. */
  readonly fakeError: boolean;
  /** The thread that attaches to a vIOMMU, while it looks up the virtual ID. */
  readonly attaching: Attaching | null;
  /** The thread that reports an event, while it looks up the virtual ID. */
  readonly reporting: Reporting | null;
}

type By = { readonly by: string };
type Reporting = { readonly by: string; readonly memory: number };
type Attaching = {
  readonly by: string;
  readonly pasid: number;
  readonly viommu: Named | null;
  readonly fault: Named | null;
  /** Absent: the device can be added to the IOPF queue. */
  readonly memory?: number;
  /** It waits until the device has joined the IOPF queue. */
  readonly joins?: true;
};

export type MockDeviceEmits =
  | Answers
  | ({ readonly type: "virt.looks-up"; readonly device: Named } & By & Named)
  | ({
      readonly type: "vevent.is-reported";
      readonly ofType: number;
      readonly virt: number;
      readonly memory: number;
    } & By &
      Named)
  | { readonly type: "queue.adds"; readonly queue: number; readonly device: number; readonly memory?: "none" }
  | { readonly type: "queue.removes"; readonly queue: number; readonly device: number };

const s = setup({
  types: {
    context: {} as MockDeviceContext,
    events: {} as
      | ({ readonly type: "driver.sizes-viommu"; readonly ofType: number } & By)
      | ({ readonly type: "driver.allocates-domain" } & By)
      | ({ readonly type: "driver.attaches" } & Attaching)
      | ({ readonly type: "driver.blocks"; readonly pasid: number } & By)
      | { readonly type: "virt.found"; readonly virt: number | null }
      | { readonly type: "param.added"; readonly device: number; readonly result: number }
      | ({ readonly type: "driver.reports-event"; readonly memory?: number } & By)
      | ({ readonly type: "driver.checks-cache"; readonly cache: number; readonly cleared: number } & By)
      | { readonly type: "cache.is-invalidated"; readonly cache: number },
    emitted: {} as MockDeviceEmits,
    input: {} as { readonly at: number; readonly rules?: MockDeviceRules },
  },
});

/** IOMMU_VIOMMU_TYPE_SELFTEST and IOMMU_VEVENTQ_TYPE_SELFTEST, as recordings number them. */
export const SELFTEST = 1;
const ERROR_PASID = 1024;
/** The only IOPF queue of the selftest's driver. */
const IOPF_QUEUE = 0;
const NO_PASID = 0;
export const CACHES = 4;
/** The virtual ID in an event has 32 bits. */
const EVENT_BITS = 2 ** 32;

const me = ({ at }: MockDeviceContext): Named => ({ kind: "device", at });
const attachingOf = ({ by, pasid, viommu, fault, memory = 1 }: Attaching): Attaching => ({
  by,
  pasid,
  viommu,
  fault,
  memory,
});
const isSame = (a: Named | null, b: Named | null): boolean => a?.kind === b?.kind && a?.at === b?.at;

/** Page faults are on while some attachment needs them: enabled for the new one first, then disabled for the old one. */
function switched({ faulting, at }: MockDeviceContext, pasid: number, faults: boolean): Switched {
  const had = faulting.includes(pasid);
  const others = had ? faulting.filter((one) => one !== pasid) : faulting;
  const now = faults ? [...others, pasid].toSorted((a, b) => a - b) : others;
  return {
    faulting: now,
    events: now.length === 0 && had ? [{ type: "queue.removes", queue: IOPF_QUEUE, device: at }] : [],
  };
}

interface Switched {
  readonly faulting: readonly number[];
  readonly events: readonly MockDeviceEmits[];
}

/** The device joins the IOPF queue before the first attachment with a fault queue. */
const joins = ({ faulting }: MockDeviceContext, { fault }: Attaching): boolean =>
  fault !== null && faulting.length === 0;

/** Every second attach of one PASID fails, so that the selftest sees the way back. */
const isFake = ({ fakeError }: MockDeviceContext, { pasid }: Attaching): boolean => pasid === ERROR_PASID && fakeError;

/** What is done before page faults are enabled: the vIOMMU is noted, and the error on purpose is prepared. */
function noted(context: MockDeviceContext, asked: Attaching, virt: number): Partial<MockDeviceContext> {
  if (asked.pasid === ERROR_PASID) return { fakeError: !context.fakeError };
  if (asked.pasid !== NO_PASID) return {};
  if (context.rules.virtCopy === "new-viommu" && isSame(asked.viommu, context.viommu)) return {};
  return { viommu: asked.viommu, virt };
}

const lacksMemory = ({ memory = 1 }: Attaching): boolean => memory === 0;

/** mock_domain_nop_attach() and mock_domain_set_dev_pasid_nop(), after the look-up of the virtual ID. */
const attaches = s.enqueueActions(({ context, event, enqueue }) => {
  const asked = event.type === "driver.attaches" ? attachingOf(event) : context.attaching!;
  const found = event.type === "virt.found" ? event.virt : 0;
  const virt = found === null && context.rules.attachNeeds === "nothing" ? 0 : found;
  if (virt === null || isFake(context, asked)) {
    enqueue.assign({ attaching: null, ...(virt === null ? {} : noted(context, asked, virt)) });
    enqueue.emit(answered(asked.by, virt === null ? ENOENT : ENOMEM));
    return;
  }
  enqueue.assign(noted(context, asked, virt));
  if (joins(context, asked)) {
    enqueue.assign({ attaching: { ...asked, joins: true } });
    const memory = lacksMemory(asked) ? { memory: "none" as const } : {};
    enqueue.emit({ type: "queue.adds", queue: IOPF_QUEUE, device: context.at, ...memory });
    return;
  }
  const { faulting, events } = switched(context, asked.pasid, asked.fault !== null);
  enqueue.assign({ faulting, attaching: null });
  for (const one of events) enqueue.emit(one);
  enqueue.emit(answered(asked.by, OK));
});

/** iopf_queue_add_device() has returned. */
const joined = s.enqueueActions(({ context, event, enqueue }) => {
  if (event.type !== "param.added") return;
  const { by, pasid } = context.attaching!;
  enqueue.assign({ attaching: null });
  if (event.result === OK) enqueue.assign({ faulting: switched(context, pasid, true).faulting });
  enqueue.emit(answered(by, event.result));
});

const blocks = s.enqueueActions(({ context, event, enqueue }) => {
  if (event.type !== "driver.blocks") return;
  const { by, pasid } = event;
  const { faulting, events } = switched(context, pasid, false);
  enqueue.assign({
    faulting,
    ...(pasid === NO_PASID ? { viommu: null, virt: 0 } : {}),
    ...(pasid === ERROR_PASID ? { fakeError: false } : {}),
  });
  for (const one of events) enqueue.emit(one);
  enqueue.emit(answered(by, OK));
});

function reported({ viommu }: MockDeviceContext, virt: number, { by, memory }: Reporting): MockDeviceEmits {
  if (!viommu || virt === 0) return answered(by, ENOENT);
  return { type: "vevent.is-reported", by, ofType: SELFTEST, virt: virt % EVENT_BITS, memory, ...viommu };
}

/** The virtual ID was looked up for an event. */
const reportsFound = s.enqueueActions(({ context, event, enqueue }) => {
  if (event.type !== "virt.found") return;
  enqueue.assign({ reporting: null });
  enqueue.emit(reported(context, event.virt ?? 0, context.reporting!));
});

const FILE = "drivers/iommu/iommufd/selftest.c";

export const mockDevice = s.createMachine({
  id: "mock-device",
  description: "the device of iommufd's selftest, with its driver",
  meta: {
    origin: linuxAt("7.3.4", FILE, "mock_domain_nop_attach"),
    lane: "struct mock_dev {at}",
    messages: {
      ...answerSays,
      ...messages<Exclude<MockDeviceEmits, Answers>>({
        "virt.looks-up": "looks up the virtual ID of the device",
        "vevent.is-reported": {
          says: "reports an event of virtual ID {virt}",
          origin: linuxAt("7.3.4", FILE, "iommufd_test_trigger_vevent"),
        },
        "queue.adds": {
          says: "adds device {device} to the IOPF queue",
          origin: linuxAt("7.3.4", FILE, "mock_dev_enable_iopf"),
        },
        "queue.removes": {
          says: "removes device {device} from the IOPF queue",
          origin: linuxAt("7.3.4", FILE, "mock_dev_disable_iopf"),
        },
      }),
    },
  },
  context: ({ input }) => ({
    rules: input.rules ?? MOCK_7_3,
    at: input.at,
    viommu: null,
    virt: 0,
    cleared: [],
    faulting: [],
    fakeError: false,
    attaching: null,
    reporting: null,
  }),
  on: {
    "driver.sizes-viommu": {
      actions: s.emit(({ event }) => {
        const { by, ofType } = event as Extract<typeof event, { readonly type: "driver.sizes-viommu" }>;
        return answered(by, ofType === SELFTEST ? OK : EOPNOTSUPP);
      }),
    },
    "driver.allocates-domain": { actions: s.emit(({ event }) => answered((event as By).by, OK)) },
    "driver.attaches": [
      {
        guard: ({ event }) => event.pasid === NO_PASID && event.viommu !== null,
        actions: [
          assign({ attaching: ({ event }) => attachingOf(event) }),
          s.emit(({ context }) => {
            const { by, viommu } = context.attaching!;
            return { type: "virt.looks-up", by, device: me(context), ...viommu! };
          }),
        ],
      },
      { actions: attaches },
    ],
    "virt.found": [
      { guard: ({ context }) => context.reporting !== null, actions: reportsFound },
      { actions: attaches },
    ],
    "param.added": { guard: ({ context }) => context.attaching?.joins === true, actions: joined },
    "driver.blocks": { actions: blocks },
    "driver.reports-event": [
      {
        guard: ({ context }) => context.rules.virtCopy === "each-report" && context.viommu !== null,
        actions: [
          assign({ reporting: ({ event: { by, memory = 1 } }) => ({ by, memory }) }),
          s.emit(({ context }) => ({
            type: "virt.looks-up",
            by: context.reporting!.by,
            device: me(context),
            ...context.viommu!,
          })),
        ],
      },
      {
        actions: s.emit(({ context, event }) => {
          const { by, memory = 1 } = event as Extract<typeof event, { readonly type: "driver.reports-event" }>;
          return reported(context, context.virt, { by, memory });
        }),
      },
    ],
    "driver.checks-cache": {
      actions: s.emit(({ context, event }) => {
        const { by, cache, cleared } = event as Extract<typeof event, { readonly type: "driver.checks-cache" }>;
        const isCleared = context.cleared.includes(cache);
        return answered(by, cache < CACHES && isCleared === (cleared === 1) ? OK : EINVAL);
      }),
    },
    "cache.is-invalidated": {
      actions: assign({
        cleared: ({ context, event }) => [...new Set([...context.cleared, event.cache])].toSorted((a, b) => a - b),
      }),
    },
  },
});
