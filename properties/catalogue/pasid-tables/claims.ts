/** PAS: page tables of PASIDs that are attached, replaced and detached while the device faults under them. */
import { always, canAlways, leadsTo, sometimes } from "../../../checker/property.ts";
import { attachHandle } from "../../../model/machines/linux/iommu/io-pgfault/6.12/attach-handles.ts";
import { hwptOf, pagesOf } from "../../../model/machines/linux/iommu/iommufd/fault/fault-entries.ts";
import { coreRule, iommufdRule } from "../sources.ts";
import {
  here,
  replacesQueues,
  severalPasids,
  fails,
  countsBoth,
  leavesReports,
  isRead,
  thread,
  intake,
  count,
  param,
  handles,
  queue,
  handler,
  reporter,
  index,
  user,
  KERNEL,
  IDLE,
  isStored,
  isAttached,
  withQueue,
  movesFaults,
  requestOf,
} from "./parts.ts";

export const pas = [
  always({
    id: "PAS-1",
    name: "no-group-names-freed-handle",
    statement: "No group names an attach handle that was freed, and no fault handler uses one.",
    source: iommufdRule("J74, J75"),
    witness: "PAS-2",
    applies: here(),
    reads: { queue, handler },
    parts: {
      "the groups in the fault queue name handles that exist": ({ queue: { context: q } }) =>
        q.entries.every(({ dangling }) => !dangling),
      "the handler has used none that was freed": ({ handler: { context: h } }) => !h.useAfterFree,
    },
  }),
  sometimes({
    id: "PAS-2",
    name: "fault-of-old-handle",
    statement: "A group waits in the fault queue whose attach handle was taken away from its PASID.",
    source: iommufdRule("J74"),
    applies: here(),
    reads: { queue, handles },
    holds: ({ queue: { context: q }, handles: { context: h } }) => q.entries.some(({ handle }) => !isStored(h, handle)),
  }),
  always({
    id: "PAS-3",
    name: "fault-under-own-table",
    statement: "User space gets a fault under the page table under which the device has made the request.",
    source: coreRule("I17"),
    witness: "PAS-4",
    applies: here(replacesQueues),
    reads: { queue },
    holds: ({ queue: { context: q } }) =>
      q.entries.every((entry) => pagesOf(entry).every((hwpt) => hwpt === hwptOf(entry))),
    values: ({ queue: { context: q } }) => ({
      groups: q.entries.map((entry) => ({ "requested under": [...pagesOf(entry)], "queued for": hwptOf(entry) })),
    }),
  }),
  sometimes({
    id: "PAS-4",
    name: "replace-between-queues",
    statement: "A page table with a fault queue is replaced by another one while a fault waits under the old one.",
    source: iommufdRule("J74"),
    applies: here(replacesQueues),
    reads: { thread, queue },
    holds: ({ thread: { context: t }, queue: { context: q } }) => movesFaults(t) && q.entries.length > 0,
  }),
  always({
    id: "PAS-5",
    name: "no-request-refused",
    statement: "No request that a device has made under a page table with a fault queue is refused.",
    source: iommufdRule("J77, J78, J94"),
    witness: "PAS-6",
    applies: here(),
    reads: { intake },
    parts: {
      "each found the attach handle of a page table with a fault queue": ({ intake: { context: i } }) =>
        i.refused !== "handler",
      "and the fault_param of its device": ({ intake: { context: i } }) => i.refused !== "fault_param",
    },
  }),
  sometimes({
    id: "PAS-6",
    name: "request-during-call",
    statement: "A request waits in the page request queue while the page table of its PASID is replaced or detached.",
    source: iommufdRule("J74, J75"),
    applies: here(),
    reads: { intake, thread },
    holds: ({ intake: { context: i }, thread: { context: t } }) =>
      (t.call === "replace" || t.call === "detach") && i.queued.some(({ pasid }) => pasid === t.pasid),
  }),
  always({
    id: "PAS-7",
    name: "refcount-counts-attachments",
    statement: "While no call is under way, iopf_refcount is the number of attached page tables with a fault queue.",
    source: iommufdRule("J90, J91"),
    witness: "PAS-8",
    applies: here(),
    reads: { thread, count, param },
    given: IDLE,
    parts: {
      "the count is that of the attached page tables with a fault queue": ({
        thread: { context: t },
        count: { context: c },
      }) => c.count === Object.values(t.attached).filter((hwpt) => withQueue(t, hwpt)).length,
      "the device is on its IOPF queue if the count is not 0": ({ count: { context: c }, param: { context: p } }) =>
        c.count > 0 === (p.queue !== null),
    },
  }),
  sometimes({
    id: "PAS-8",
    name: "both-tables-counted",
    statement: "A replace has counted the new page table and has not uncounted the old one.",
    source: iommufdRule("J91"),
    applies: here(countsBoth),
    reads: { thread, count },
    holds: ({ thread: { context: t }, count: { context: c } }) => movesFaults(t) && c.count > 1,
  }),
  always({
    id: "PAS-9",
    name: "replace-keeps-faults-enabled",
    statement: "A replace between two page tables with a fault queue leaves the device on its IOPF queue.",
    source: iommufdRule("J91"),
    witness: "PAS-4",
    applies: here(replacesQueues),
    reads: { thread, param },
    given: { "such a replace is under way": ({ thread: { context: t } }) => movesFaults(t) },
    parts: { "the device is on its IOPF queue": ({ param: { context: p } }) => p.queue !== null },
  }),
  always({
    id: "PAS-10",
    name: "no-uncount-without-count",
    statement: "Page faults are not disabled for an attachment that was not counted.",
    source: coreRule("I16"),
    witness: "PAS-6",
    applies: here(),
    reads: { count },
    holds: ({ count: { context: c } }) => !c.unbalanced,
  }),
  always({
    id: "PAS-11",
    name: "device-uses-attached-table",
    statement: "While no call is under way, the entry and the attach handle of each PASID are those of its page table.",
    source: iommufdRule("J74"),
    witness: "PAS-6",
    applies: here(),
    reads: { thread, intake, handles },
    given: IDLE,
    parts: {
      "the entry of each PASID is that of its page table": ({ thread: { context: t }, intake: { context: i } }) =>
        t.pasids.every((pasid) => i.entries[pasid] === t.attached[pasid]),
      "so is its attach handle": ({ thread: { context: t }, handles: { context: h } }) =>
        t.pasids.every((pasid) => {
          const hwpt = t.attached[pasid]!;
          return hwpt === null
            ? !isAttached(h, pasid)
            : isStored(h, attachHandle(0, { pasid, domain: t.domains[hwpt]!, idev: 0 }));
        }),
    },
  }),
  sometimes({
    id: "PAS-12",
    name: "call-fails",
    statement: "A call fails after page faults were enabled for the new page table.",
    source: iommufdRule("J74, J92"),
    applies: here(fails),
    reads: { thread },
    holds: ({ thread: { context: t } }) => t.failed && t.left.some((step) => step.do === "disable"),
  }),
  always({
    id: "PAS-13",
    name: "old-faults-answered",
    statement: "When a call returns, no fault waits under a page table that was taken away from its PASID.",
    source: iommufdRule("J74, J75"),
    witness: "PAS-2",
    applies: here(),
    reads: { thread, queue, handles },
    given: IDLE,
    parts: {
      "each waiting group has the attach handle that is stored for its PASID": ({
        queue: { context: q },
        handles: { context: h },
      }) => q.entries.every(({ handle }) => isStored(h, handle)),
    },
  }),
  always({
    id: "PAS-14",
    name: "other-pasid-left-alone",
    statement: "A replace and a detach answer no fault of another PASID.",
    source: iommufdRule("J76"),
    witness: "PAS-15",
    applies: here(severalPasids),
    reads: { thread, param },
    given: { "the call has a group in hand": ({ thread: { context: t } }) => t.group !== null },
    parts: {
      "its request has the PASID of the call": ({ thread: { context: t }, param: { context: p } }) =>
        requestOf(p, t.group)?.pasid === t.pasid,
    },
  }),
  sometimes({
    id: "PAS-15",
    name: "faults-of-two-pasids",
    statement: "Faults of two PASIDs wait in one fault queue while the page table of one is taken away.",
    source: iommufdRule("J76"),
    applies: here(severalPasids),
    reads: { queue, handles },
    holds: ({ queue: { context: q }, handles: { context: h } }) =>
      q.entries.length > 1 && q.entries.some(({ handle }) => !isStored(h, handle)),
  }),
  always({
    id: "PAS-16",
    name: "one-handle-for-each-pasid",
    statement: "While no call is under way, there is one attach handle for each attached PASID, and no other.",
    source: iommufdRule("J74, J75"),
    witness: "PAS-6",
    applies: here(),
    reads: { thread },
    given: IDLE,
    parts: {
      "as many handles are allocated as PASIDs are attached": ({ thread: { context: t } }) =>
        t.handles === Object.values(t.attached).filter((hwpt) => hwpt !== null).length,
    },
  }),
  leadsTo({
    id: "PAS-17",
    name: "pasid-calls-return",
    statement: "Attach, replace and detach of a PASID return, even if user space never answers.",
    source: coreRule("L5"),
    witness: "PAS-2",
    applies: here(),
    reads: { thread },
    when: ({ thread: t }) => t.state !== "idle",
    eventually: ({ thread: t }) => t.state === "idle",
    assumes: KERNEL,
  }),
  leadsTo({
    id: "PAS-18",
    name: "detached-request-answered",
    statement: "A request of a PASID that was detached gets a response, even if user space never answers.",
    source: coreRule("L1, L5"),
    witness: "PAS-2",
    applies: here(),
    reads: { index, handles },
    when: ({ index: i, handles: { context: h } }) => i.state === "waiting" && !isAttached(h, i.context.pasid),
    eventually: ({ index: i, handles: { context: h } }) => i.state !== "waiting" || isAttached(h, i.context.pasid),
    assumes: KERNEL,
  }),
  canAlways({
    id: "PAS-19",
    name: "pasid-faults-can-be-off",
    statement: "Page faults of the device can always be off again, with nothing counted for them.",
    source: coreRule("I16"),
    witness: "PAS-6",
    applies: here(),
    reads: { count, param },
    parts: {
      "nothing is counted": ({ count: { context: c } }) => c.count === 0,
      "the device is on no IOPF queue": ({ param: { context: p } }) => p.queue === null,
    },
  }),
  sometimes({
    id: "PAS-20",
    name: "user-has-fault-of-old-table",
    statement: "User space answers a fault whose page table was replaced since.",
    source: iommufdRule("J74, J80"),
    applies: here(isRead),
    reads: { user, param, intake },
    holds: ({ user: { context: u }, param: { context: p }, intake: { context: i } }) => {
      const request = requestOf(p, u.group);
      return request !== undefined && i.entries[request.pasid!] !== request.page;
    },
  }),
  sometimes({
    id: "PAS-21",
    name: "handle-replaced-in-report",
    statement: "An attach handle is taken away while a report borrows it.",
    source: coreRule("I13"),
    applies: here(leavesReports),
    reads: { reporter, handles },
    holds: ({ reporter: { context: r }, handles: { context: h } }) => r.handle !== null && !isStored(h, r.handle),
  }),
] as const;
