/** What must be possible for the LFC claims to say something. */
import { sometimes } from "../../../checker/property.ts";
import { canFault, domainsOf, tolerancesOf } from "../../../model/systems/studies/rfc-design.ts";
import { access, container, detaches, device, dma, handler, locks, reporter, vmm, where } from "./reads.ts";
import { vfioRule } from "../sources.ts";

export const lfcWitnesses = [
  sometimes({
    id: "LFC-19",
    name: "rfc-fault-maps-page",
    statement: "A fault has mapped a page.",
    source: vfioRule("row 22"),
    applies: where(canFault),
    reads: { dma },
    holds: ({ dma: { context: page } }) => page.bit,
  }),
  sometimes({
    id: "LFC-20",
    name: "page-pinned-by-map",
    statement: "DMA_MAP has pinned and mapped a page.",
    source: vfioRule("row 1"),
    applies: where(
      ({ enabledBy }, sizes) =>
        enabledBy === "ioctl" || tolerancesOf(sizes).includes("none") || domainsOf(sizes).includes(1),
    ),
    reads: { dma },
    holds: ({ dma: { context: page } }) => page.pinned,
  }),
  sometimes({
    id: "LFC-21",
    name: "fault-without-container",
    statement: "A fault arrives when nothing finds the container of its device.",
    source: vfioRule("I-29"),
    applies: where(canFault),
    reads: { reporter },
    holds: ({ reporter: r }) => r.state === "refusing" && r.context.reason === "no-container",
  }),
  sometimes({
    id: "LFC-22",
    name: "handler-while-group-leaves",
    statement: "A handler runs while the group of its device leaves the container.",
    source: vfioRule("I-30"),
    applies: where(canFault),
    reads: { handler, vmm },
    holds: ({ handler: h, vmm: { context: v } }) =>
      h.state !== "idle" && v.ioctl === "detach" && v.at === h.context.rules.device,
  }),
  sometimes({
    id: "LFC-23",
    name: "access-aborted",
    statement: "An access is aborted.",
    source: vfioRule("1.1"),
    reads: { access },
    holds: ({ access: a }) => a.state === "aborted",
  }),
  sometimes({
    id: "LFC-24",
    name: "container-enabled",
    statement: "A container is enabled.",
    source: vfioRule("row 32"),
    applies: where(({ enabledBy }) => enabledBy === "ioctl"),
    reads: { container },
    holds: ({ container: c }) => c.context.enabled,
  }),
  sometimes({
    id: "LFC-25",
    name: "device-stalled",
    statement: "A device is stalled by an access that the user may rely on.",
    source: vfioRule("row 7"),
    applies: where(canFault),
    reads: { access },
    holds: ({ access: a }) => a.state === "stalled" && a.context.legal,
  }),
  sometimes({
    id: "LFC-26",
    name: "enable-meets-pinned-page",
    statement: "ENABLE meets a page that is already pinned.",
    source: vfioRule("row 32; D-13"),
    applies: where((host) => host.enabledBy === "ioctl" && host.enableAfterMap !== "refused"),
    reads: { dma, vmm },
    holds: ({ dma: { context: page }, vmm: { context: v } }) => v.ioctl === "enable" && page.pinned,
  }),
  sometimes({
    id: "LFC-27",
    name: "detach-with-pending-fault",
    statement: "Detach would unregister a handler while a fault of its device is pending.",
    source: vfioRule("I-30; D-12"),
    applies: where(({ handling }) => handling === "deferred"),
    reads: { device, detaches, locks },
    holds: ({ device: { context: d }, detaches: g, locks: l }) =>
      d.pending &&
      l.some(({ name, state }) => name === `P${d.device}` && state === "free") &&
      g.some(({ context }) => context.device === d.device && context.steps[context.done] === "unregisters"),
  }),
  sometimes({
    id: "LFC-30",
    name: "fault-served",
    statement: "A fault was served: its page is mapped, its device has the response, and the report has returned.",
    source: vfioRule("1.1, F12"),
    applies: where((design, sizes) => canFault(design, sizes) && design.handling === "synchronous"),
    reads: { dma, handler, reporter },
    holds: ({ dma: { context: page }, handler: h, reporter: r }) =>
      page.bit && h.state === "idle" && r.state === "idle",
  }),
] as const;
