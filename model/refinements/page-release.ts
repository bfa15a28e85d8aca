/** `accounting` and `address-ranges`: a release of pages without its invalidations, in place of page-release.ts. */
import { assign, setup } from "xstate";
import type { Message } from "../../checker/json.ts";
import { call, defineSystem, type Component } from "../../checker/system.ts";
import { commandQueue } from "../machines/iommu/command-queue.ts";
import { iovaDomain } from "../machines/iommu/iova-domain.ts";
import { translation } from "../machines/iommu/translation.ts";
import { accountedDma } from "../machines/linux/vfio/type1/accounting/accounted-dma.ts";
import { pagePutting, puttingSteps } from "../machines/linux/vfio/type1/accounting/page-putting.ts";
import { pageRelease, RELEASE_ORDER } from "../machines/linux/vfio/type1/page-release.ts";
import { unpinLoop, unpinLoopSteps } from "../machines/linux/vfio/type1/ranges/unpin-loop.ts";
import { range } from "../systems/configuration.ts";
import { translationOf } from "../systems/host-side.ts";
import { mark, type ComparedSide, type Cut, type Shows } from "./cut.ts";
import { outside } from "./environment.ts";

const PAGES = range(2);

type Begin = (page: number, pages: number) => Message;

/**
 * Unmaps runs of `length` pages in any order, each page once. `begins` is the call for one run; a run goes page by page
 * where the call takes one page.
 */
const unmapper = (length: number, begins: Begin, each: boolean): Component => {
  const machine = setup({
    types: {
      context: {} as { readonly gone: readonly number[]; readonly left: readonly number[] },
      events: {} as
        | { readonly type: "unmap.run"; readonly page: number }
        | { readonly type: "release.done" | "putting.done" | "unpin.done" },
      emitted: {} as Message,
    },
  });
  const next = machine.enqueueActions(({ context: { left }, enqueue }) => {
    const [page, ...rest] = left;
    enqueue.assign({ left: rest });
    enqueue.emit(begins(page!, each ? 1 : length));
  });
  const ends = machine.emit({ type: "unmapped" });
  const done = [
    { guard: ({ context }: { context: { left: readonly number[] } }) => context.left.length > 0, actions: next },
    { target: "idle", actions: ends },
  ] as const;
  return {
    machine: machine.createMachine({
      id: "unmapper",
      context: { gone: [], left: [] },
      initial: "idle",
      states: {
        idle: {
          on: {
            "unmap.run": {
              guard: ({ context, event }) => !context.gone.includes(event.page),
              target: "busy",
              actions: [
                assign(({ context: { gone }, event: { page } }) => ({
                  gone: [...gone, page].sort((a, b) => a - b),
                  left: range(each ? length : 1).map((at) => page + at),
                })),
                next,
              ],
            },
          },
        },
        busy: { on: { "release.done": done, "putting.done": done, "unpin.done": done } },
      },
    }),
    role: "unmapper",
    events: PAGES.filter((page) => page % length === 0).map((page) => ({ type: "unmap.run", page })),
  };
};

const ofPage = (name: string, page: unknown) => mark(name, { page: Number(page) });
const AROUND: Shows = {
  "unmap.run": ({ page }) => ofPage("begins", page),
  unmapped: () => mark("ends"),
};

/** Page by page, each with its invalidations. */
function release(length: number, charges: boolean): ComparedSide {
  const system = defineSystem({
    name: "page-release",
    parameters: { length },
    components: {
      unmapper: unmapper(length, (page) => ({ type: "release.starts", page, by: "unmapper" }), true),
      release: {
        machine: pageRelease,
        role: "page-release",
        input: { steps: RELEASE_ORDER, domains: [0], devices: [] },
        events: [{ type: "release.steps" }],
      },
      iommu: { machine: commandQueue, role: "command-queue" },
      ...Object.fromEntries(
        PAGES.map((page) => [
          `translation0.${page}`,
          { machine: translation, role: "translation", input: { page, domain: 0 } },
        ]),
      ),
      outside,
    },
    routes: [
      call("unmapper", ["release.starts"], "release"),
      call("unmapper", ["unmapped"], "outside"),
      call("page-release", ["translation.unmaps"], translationOf),
      call("page-release", ["command.invalidates-iotlb", "command.invalidates-atc"], "iommu"),
      call("page-release", ["command.fences"], "iommu", "block"),
      call("page-release", ["host.unpins", "account.uncharges", "container.clears"], "outside"),
      call("page-release", ["release.done"], "unmapper"),
      call("command-queue", ["iotlb.invalidates"], translationOf),
      call("command-queue", ["fence.completed"], "release"),
      call("translation", ["iotlb.invalidated"], "iommu"),
    ],
    prologue: PAGES.map((page) => ({
      kind: "event",
      component: `translation0.${page}`,
      event: { type: "translation.maps", page, domain: 0 },
    })),
    properties: [],
    deadlock: "allowed",
  });
  return {
    system,
    shows: {
      ...AROUND,
      "translation.unmaps": ({ page }) => ofPage("unmaps", page),
      "host.unpins": ({ page }) => ofPage("unpins", page),
      ...(charges ? { "account.uncharges": () => mark("uncharges") } : {}),
    },
  };
}

function putting(): ComparedSide {
  const system = defineSystem({
    name: "page-putting",
    parameters: {},
    components: {
      unmapper: unmapper(1, (page) => ({ type: "putting.starts", page, purpose: "map", by: "unmapper" }), true),
      putting: {
        machine: pagePutting,
        role: "page-putting",
        input: {
          name: "putting",
          container: 0,
          kinds: PAGES.map(() => "ram" as const),
          design: { mdevCharges: "unless-mapped", unchargesFrom: "owner", reaccounts: true, sharedPins: "counted" },
        },
        events: puttingSteps,
      },
      dma: {
        machine: accountedDma,
        role: "accounted-dma",
        input: { container: 0, ram: PAGES.map(() => true), attached: true },
      },
      outside,
    },
    routes: [
      call("unmapper", ["putting.starts"], "putting"),
      call("unmapper", ["unmapped"], "outside"),
      call("page-putting", ["dma.finds", "dma.unmaps", "dma.unlists"], "dma"),
      call("page-putting", ["host.unpins", "mm.uncharges"], "outside"),
      call("page-putting", ["putting.done"], "unmapper"),
      call("accounted-dma", ["dma.found"], "putting"),
      call("accounted-dma", ["dma.is-new"], "outside"),
    ],
    prologue: [
      { type: "dma.links" },
      { type: "dma.sizes", size: PAGES.length },
      ...PAGES.map((page) => ({ type: "dma.maps", page })),
    ].map((event) => ({ kind: "event", component: "dma", event })),
    properties: [],
    deadlock: "allowed",
  });
  return {
    system,
    shows: {
      ...AROUND,
      "dma.unmaps": ({ page }) => ofPage("unmaps", page),
      "host.unpins": ({ page }) => ofPage("unpins", page),
      "mm.uncharges": () => mark("uncharges"),
    },
  };
}

/** The frame of a page has its number, so the pages follow each other in memory. */
function loop(length: number): ComparedSide {
  const system = defineSystem({
    name: "unpin-loop",
    parameters: { length },
    components: {
      unmapper: unmapper(
        length,
        (page, pages) => ({ type: "unpin.starts", by: "unmapper", page, pages, puts: true }),
        false,
      ),
      loop: {
        machine: unpinLoop,
        role: "unpin-loop",
        input: {
          name: "loop",
          accesses: false,
          carry: "counted",
          ends: "counted",
          space: { bits: 4, shift: 2 },
        },
        events: unpinLoopSteps,
      },
      domain: { machine: iovaDomain, role: "iova-domain", input: { pages: PAGES.length } },
      outside,
    },
    routes: [
      call("unmapper", ["unpin.starts"], "loop"),
      call("unmapper", ["unmapped"], "outside"),
      call("unpin-loop", ["domain.reads", "domain.unmaps"], "domain"),
      call("unpin-loop", ["memory.puts"], "outside"),
      call("unpin-loop", ["unpin.done"], "unmapper"),
      call("iova-domain", ["domain.read"], "loop"),
      call("iova-domain", ["mapping.shown"], "outside"),
    ],
    prologue: [{ kind: "event", component: "domain", event: { type: "domain.maps", page: 0, frames: PAGES } }],
    properties: [],
    deadlock: "allowed",
  });
  return {
    system,
    shows: {
      ...AROUND,
      "domain.unmaps": ({ page, pages }) => range(Number(pages)).map((at) => ofPage("unmaps", Number(page) + at)),
      "memory.puts": ({ frames }) => (frames as readonly number[]).map((frame) => ofPage("unpins", frame)),
    },
  };
}

const SAYS = {
  begins: "the pages from page {page} on are to be unmapped",
  unmaps: "page {page} is unmapped",
  unpins: "page {page} is unpinned",
  ends: "all of them are unmapped",
};
const DETAILED = ["page-release", "command-queue", "translation"];
const limits = { pairs: 40_000, simple: 20_000 };
const unpinnedTwice = (length: number) => [
  ofPage("begins", 0),
  ...range(length).map((page) => ofPage("unmaps", page)),
  ofPage("unpins", 0),
  ofPage("unpins", 0),
];

const loopCut = (name: string, length: number, within: string, difference?: string): Cut => ({
  name,
  systems: ["address-ranges"],
  standIn: ["unpin-loop"],
  detailed: DETAILED,
  says: SAYS,
  within: `Two pages that are pinned and mapped, in ranges of ${within}. Charges and invalidations are not compared.`,
  compare: () => ({ detailed: release(length, false), simple: loop(length), limits }),
  forbidden: unpinnedTwice(length),
  ...(difference === undefined ? {} : { difference }),
});

export const pageReleaseCuts: readonly Cut[] = [
  {
    name: "page-putting",
    systems: ["accounting"],
    standIn: ["page-putting"],
    detailed: DETAILED,
    says: { ...SAYS, uncharges: "a page is taken off locked_vm" },
    within:
      "Two pages of RAM that are pinned, charged and mapped, and that no driver has pinned. Invalidations are not compared.",
    compare: () => ({ detailed: release(1, true), simple: putting(), limits }),
    forbidden: unpinnedTwice(1),
  },
  loopCut("unpin-loop", 1, "one page"),
  loopCut(
    "unpin-loop/range",
    2,
    "two pages",
    "The loop unmaps a whole batch before it unpins its pages, as unmap_unpin_fast() does. page-release.ts unmaps and unpins page by page, and unmap_unpin_slow() run by run. In both orders a page is unpinned after it is unmapped, and the claims of address-ranges compare what is mapped with what is pinned only when a call has returned.",
  ),
];
