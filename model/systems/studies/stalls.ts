/** Transactions that an SMMU stalls, from the fault to their end, and who must wait for whom. */
import { call, delivers, send, takesSteps, type Component } from "../../../checker/system.ts";
import { regionOwner } from "../../machines/vmm/region-owner.ts";
import { stallDriver, stallDriverSteps } from "../../machines/linux/iommu/arm/arm-smmu-v3/stall-driver.ts";
import { stallPage } from "../../machines/iommu/stall-page.ts";
import { stallSwitch, stallSwitchSteps } from "../../machines/linux/iommu/arm/arm-smmu-v3/stall-switch.ts";
import { stalledTransaction } from "../../machines/iommu/stalled-transaction.ts";
import { transactionSteps } from "../../machines/iommu/stalled-transaction-messages.ts";
import { range } from "../configuration.ts";
import type { Study } from "../study.ts";
import { stallsHosts, type StallsDesign, type StallsSizes } from "./stalls-design.ts";
import { stallsKnobs, stallsSizeKnobs } from "./stalls-knobs.ts";

/** The steps that some of the transactions take, and when. */
const stepsOf = ({ recordLoss, stallDowngrade, stallDupSuppress, streamKind }: StallsDesign) => {
  const rare: { readonly [step: string]: boolean } = {
    "transaction.is-suppressed": stallDupSuppress,
    "transaction.loses-record": recordLoss === "possible",
    "transaction.is-downgraded": stallDowngrade,
    "transaction.times-out": streamKind === "pcie",
  };
  return transactionSteps.filter(({ type }) => rare[type] ?? true);
};

const OWNER_STEPS = ["unlinks", "syncs", "relinks"].map((step) => ({ type: `owner.${step}` }));

export const stalls: Study<StallsDesign, StallsSizes> = {
  name: "stalls",
  sentence: "Transactions that an SMMU stalls: early retries, late refusals, lost records.",
  cut:
    "The IOPF core and VFIO are one thread that maps the page if its region is linked; stall-flat has that part. Here " +
    "the life of a transaction in the hardware has more steps. Hidden: everything that needs two pages, because all " +
    "transactions access one.",
  hosts: stallsHosts,
  knobs: stallsKnobs,
  sizeKnobs: stallsSizeKnobs,
  bounds: {
    small: { stallSlots: 1, evtqEntries: 1, stallExits: false },
    default: { stallSlots: 3, evtqEntries: 2, stallExits: false },
    deep: { stallSlots: 4, evtqEntries: 2, stallExits: false },
  },
  contradiction: (_, { stallSlots, evtqEntries }) =>
    stallSlots === 0 || evtqEntries === 0 ? "it needs a slot and a place for its record" : undefined,
  compose: (design, sizes) => {
    const slots = range(sizes.stallSlots);
    const names = slots.map((stag) => `transaction${stag}`);
    const steps = stepsOf(design);
    const transactions: { readonly [name: string]: Component } = Object.fromEntries(
      slots.map((stag) => [
        `transaction${stag}`,
        {
          machine: stalledTransaction,
          input: {
            stag,
            kind: design.streamKind,
            stalls: design.stallEnabled,
            retriesEarly: design.stallEarlyRetry,
            whenInvalidated: design.staleStall,
            termination: design.termBehaviour,
            resumedWhenOff: design.resumedWhenOff,
            suppresses: design.stallDupSuppress,
          },
          role: "stalled-transaction",
          events: steps,
        },
      ]),
    );
    const named = ({ stag }: { readonly [field: string]: unknown }): string => `transaction${String(stag)}`;
    return {
      components: {
        ...transactions,
        page: { machine: stallPage, input: { duplicates: design.duplicateStalls }, role: "stall-page" },
        driver: {
          machine: stallDriver,
          input: {
            orphans: design.orphanStalls,
            afterLoss: design.afterRecordLoss,
            resumes: design.resumeCount,
            swapPath: design.swapPath,
            checksStallFlag: design.checksStallFlag,
          },
          role: "stall-driver",
          events: stallDriverSteps(slots, design.swapPath === "same"),
        },
        owner: {
          machine: regionOwner,
          input: { waits: design.waitsForQuiescence },
          role: "region-owner",
          events: OWNER_STEPS,
        },
        ...(sizes.stallExits ? { exit: { machine: stallSwitch, role: "stall-switch", events: stallSwitchSteps } } : {}),
      },
      channels: { events: { to: "driver", capacity: sizes.evtqEntries, whenFull: "block", unhandled: "block" } },
      routes: [
        call("stalled-transaction", ["page.tried", "record.answered"], "page"),
        call("stalled-transaction", ["record.begins", "record.joins"], "page", "block"),
        call("stall-page", ["duplicates.retry"], () => names),
        send("stalled-transaction", ["event.recorded", "event.reported"], "events"),
        call("stall-switch", ["stalls.off", "stalls.on"], () => names),
        call("stalled-transaction", ["event.lost"], "driver"),
        call("stall-page", ["page.granted", "page.absent"], named),
        call("stall-page", ["page.resolved"], "driver"),
        call("stall-driver", ["page.resolves"], "page"),
        call("stall-driver", ["path.passes"], named, "block"),
        call("stall-driver", ["stall.resumes"], named),
        call("stall-driver", ["stall.terminates"], () => [...names, "page"]),
        call("stall-driver", ["stall.releases"], () => names, "block"),
        call("stall-driver", ["record.discarded"], named),
        call("region-owner", ["page.unlinks", "page.links"], "page"),
        call("region-owner", ["invalidation.synced", "memory.given-out"], () => names),
        call("region-owner", ["quiesce.asks"], () => names, "block"),
      ],
      fairness: {
        threads: [takesSteps("driver", "weak"), takesSteps("owner", "weak", ["owner.syncs"])],
        hardware: [
          delivers("events"),
          ...names.map((name) =>
            takesSteps(name, "weak", [
              "transaction.tries",
              "transaction.records",
              "transaction.is-suppressed",
              "transaction.ends",
            ]),
          ),
        ],
        /** Room in the event queue is not given to the others for ever, nor the driver kept from an error by records. */
        turns: [
          ...names.map((name) => takesSteps(name, "strong", ["transaction.records", "transaction.is-suppressed"])),
          takesSteps("driver", "strong", ["driver.terminates-all"]),
        ],
        devices: [],
        lock: [],
      },
    };
  },
};
