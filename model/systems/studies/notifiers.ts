/** Listeners to the memory of one process that register and go, while threads take pages from it and tell them. */
import type { Message } from "../../../checker/json.ts";
import { call, takesSteps, type Component, type Route } from "../../../checker/system.ts";
import { handleTable } from "../../machines/device/handle-table.ts";
import { mutex } from "../../machines/linux/lib/mutex.ts";
import { invalidationThread } from "../../machines/linux/mm/notifier/listeners/invalidation-thread.ts";
import { listener } from "../../machines/linux/mm/notifier/listeners/listener.ts";
import { listenerOwner } from "../../machines/linux/mm/notifier/listeners/listener-owner.ts";
import { subscriptions } from "../../machines/linux/mm/notifier/listeners/subscriptions.ts";
import { toldPage } from "../../machines/linux/mm/notifier/listeners/told-page.ts";
import type { Kind } from "../../machines/linux/mm/notifier/listeners/thread-steps.ts";
import { range } from "../configuration.ts";
import { field, pageOf } from "../host-side.ts";
import type { Study } from "../study.ts";
import {
  happeningsOf,
  LISTENERS,
  notifiersHosts,
  type NotifiersDesign,
  type NotifiersSizes,
} from "./notifiers-design.ts";
import { notifiersKnobs, notifiersSizeKnobs } from "./notifiers-knobs.ts";

type Components = { readonly [name: string]: Component };

const CUT =
  "There is one process, which lives on. A listener maps pages for one device by one thread, which also closes it. What a " +
  "frame holds, and pages that are moved or shared, are in mm-events. An update of the device is one step, and the device may " +
  "reach what it translates at any time. Hidden: a fault beside a close of the same driver, and translations in flight while " +
  "they are changed.";

/** The first listener watches all pages, and the others the last one. */
const rangesOf = (names: readonly string[], pages: number): { readonly [listener: string]: readonly number[] } =>
  Object.fromEntries(names.map((name, at) => [name, at === 0 ? range(pages) : [pages - 1]]));

/** Each page by itself, and all of them. */
function pageSets(pages: number, happening: string): readonly (readonly number[])[] {
  const all = range(pages);
  return happening === "collapse" || pages === 1 ? [all] : [...all.map((page) => [page]), all];
}

function componentsOf(design: NotifiersDesign, sizes: NotifiersSizes): Components {
  const kinds: { readonly [listener: string]: Kind } = LISTENERS[sizes.listeners];
  const names = Object.keys(kinds);
  const ranges = rangesOf(names, sizes.pages);
  const { faultOrder, closeOrder, removalReads, callbackOrder, collapseTells, afterRefusal } = design;
  const refuser = sizes.refuses ? names.at(-1)! : null;
  const rules = { kinds, refuser, callbackOrder, collapseTells, afterRefusal };
  const driver = (name: string): Components => ({
    [name]: { machine: listener, input: { name, range: ranges[name]! }, role: "listener" },
    [`${name}-lock`]: { machine: mutex, role: "mutex", lane: `the lock of ${name}` },
    [`${name}-driver`]: {
      machine: listenerOwner,
      input: {
        name: `${name}-driver`,
        listener: name,
        kind: kinds[name]!,
        rules: { faultOrder, closeOrder, removalReads },
      },
      role: "listener-owner",
      events: [
        { type: "owner.registers" },
        ...ranges[name]!.map((page) => ({ type: "owner.faults", page })),
        { type: "owner.closes" },
        { type: "owner.steps" },
      ],
    },
  });
  const thread = (k: number): Component => ({
    machine: invalidationThread,
    input: { name: `thread${k}`, rules },
    role: "invalidation-thread",
    events: [
      ...happeningsOf(sizes.memory).flatMap((happening) =>
        pageSets(sizes.pages, happening).map((pages) => ({ type: "thread.begins", happening, pages })),
      ),
      { type: "thread.steps" },
    ],
  });
  return {
    ...Object.fromEntries(range(sizes.threads).map((k) => [`thread${k}`, thread(k)])),
    ...Object.assign({}, ...names.map(driver)),
    subscriptions: { machine: subscriptions, input: { ranges }, role: "subscriptions" },
    device: { machine: handleTable, role: "handle-table" },
    ...Object.fromEntries(
      range(sizes.pages).map((page) => [`page${page}`, { machine: toldPage, input: { page }, role: "told-page" }]),
    ),
  };
}

const by = (message: Message): string => field(message, "by");
const listenerOf = (message: Message): string => field(message, "listener");
const lockOf = (message: Message): string => `${listenerOf(message)}-lock`;

const ROUTES: readonly Route[] = [
  ...["invalidation-thread", "listener-owner"].flatMap((role) => [
    call(role, ["lock.acquires"], lockOf, "block"),
    call(role, ["lock.releases"], lockOf),
  ]),
  /** The spinlock of the subscriptions may be held between two steps. */
  call("invalidation-thread", ["tree.begins"], "subscriptions", "block"),
  call(
    "invalidation-thread",
    ["tree.ends", "tree.settles", "invalidation.over", "sequence.sets", "srcu.reads", "srcu.unlocks", "list.walks"],
    "subscriptions",
  ),
  call(
    "invalidation-thread",
    ["listener.enters", "listener.looks", "listener.unmaps", "listener.counts-up", "listener.counts-down"],
    listenerOf,
  ),
  call("invalidation-thread", ["page.clears", "page.frees"], pageOf),
  call("subscriptions", ["tree.matched", "list.found", "sequence.compared"], by),
  call("subscriptions", ["listener.linked"], listenerOf),
  call("listener", ["handle.unmaps"], "device"),
  call("listener", ["handle.looked", "sequence.compared"], by),
  call("listener-owner", ["handle.faults"], "device", "block"),
  call("listener-owner", ["handle.creates", "handle.revokes", "handle.maps"], "device"),
  call("listener-owner", ["page.gets", "page.forgets"], pageOf),
  call(
    "listener-owner",
    [
      "tree.inserts",
      "tree.removes",
      "list.adds",
      "sequence.samples",
      "sequence.awaits",
      "removal.awaits",
      "srcu.awaits",
    ],
    "subscriptions",
    "block",
  ),
  call("listener-owner", ["list.deletes", "sequence.compares", "srcu.synchronizes"], "subscriptions"),
  call("listener-owner", ["listener.allocated", "listener.freed", "listener.forgets-handle"], listenerOf),
  call("listener-owner", ["listener.samples"], listenerOf, "block"),
  call("listener-owner", ["listener.compares"], listenerOf),
  call("handle-table", ["page.forgets"], pageOf),
];

export const notifiers: Study<NotifiersDesign, NotifiersSizes> = {
  name: "notifiers",
  sentence: "Listeners to the memory of a process that register, hear of invalidations, refuse, and go.",
  cut: CUT,
  hosts: notifiersHosts,
  knobs: notifiersKnobs,
  sizeKnobs: notifiersSizeKnobs,
  bounds: {
    small: { pages: 1, threads: 2, listeners: "one-of-tree", memory: "discards", refuses: false },
    default: { pages: 2, threads: 2, listeners: "one-of-tree", memory: "discards", refuses: false },
    deep: { pages: 2, threads: 2, listeners: "both", memory: "reaping", refuses: true },
  },
  contradiction: (_, { refuses, memory }) =>
    refuses && memory !== "reaping" ? "only the OOM reaper must not sleep (memory=reaping)" : undefined,
  compose: (design, sizes) => ({
    components: componentsOf(design, sizes),
    routes: ROUTES,
    fairness: {
      /** Locks are handed over in turn. */
      threads: [
        ...range(sizes.threads).map((k) => takesSteps(`thread${k}`, "strong", ["thread.steps"])),
        ...Object.keys(LISTENERS[sizes.listeners]).map((name) =>
          takesSteps(`${name}-driver`, "strong", ["owner.steps"]),
        ),
      ],
      hardware: [],
      devices: [],
      lock: [],
    },
  }),
};
