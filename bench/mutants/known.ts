/** What is known of mutants that no recording notices: who else holds the rule, or why there is none. */
import type { Equivalent } from "./equivalent.ts";
import { EQUIVALENT_IN_CHECKER } from "./known-checker.ts";
import type { Mutant } from "./mutants.ts";

const CORE_6_1 = "model/machines/linux/iommu/io-pgfault/6.1/";
const CORE_6_12 = "model/machines/linux/iommu/io-pgfault/6.12/";
const OBJECTS_7_3 = "model/machines/linux/iommu/iommufd/objects-7.3/";

/** Tests that hold the rules of machine files beside the recordings, by the beginning of their paths; tried in this order. */
export const TESTS: readonly (readonly [file: string, tests: readonly string[]])[] = [
  ...["attach-handles", "iopf-worker"].map(
    (name) => [`${CORE_6_12}${name}.ts`, [`${CORE_6_12}${name}.test.ts`]] as const,
  ),
  [`${CORE_6_12}fault-`, [`${CORE_6_12}fault-param.test.ts`]],
  [CORE_6_12, ["small", "ghosts", "removal"].map((name) => `${CORE_6_12}${name}.test.ts`)],
  ["model/machines/linux/iommu/io-pgfault/partial-key", ["model/machines/linux/iommu/io-pgfault/partial-key.test.ts"]],
  [CORE_6_1, ["small", "enomem"].map((name) => `${CORE_6_1}${name}.test.ts`)],
  [
    "model/machines/linux/iommu/iommu-sva/address-spaces",
    ["model/machines/linux/iommu/iommu-sva/address-spaces.test.ts"],
  ],
  ["model/machines/linux/iommu/iommu-sva/sva-bonds", ["model/machines/linux/iommu/iommu-sva/sva-bonds.test.ts"]],
  [
    "model/machines/linux/iommu/iommu-sva/",
    [
      "model/machines/linux/iommu/iommu-sva/small.test.ts",
      "model/machines/linux/iommu/iommu-sva/sva-handler.test.ts",
      "scenarios/recorded/linux/6.12/sva-scripts.test.ts",
    ],
  ],
  ["model/machines/linux/iommu/intel/", ["model/machines/linux/iommu/intel/prq.test.ts"]],
  [
    "model/machines/linux/iommu/drivers/page-request-drivers",
    ["model/machines/linux/iommu/drivers/prq-thread.test.ts"],
  ],
  ["model/machines/linux/iommu/drivers/response", ["model/machines/linux/iommu/drivers/response-encoder.test.ts"]],
  ["model/machines/linux/include/", ["model/machines/linux/iommu/drivers/response-encoder.test.ts"]],
  ["model/machines/linux/iommu/drivers/prq-thread.ts", ["model/machines/linux/iommu/drivers/prq-thread.test.ts"]],
  ["model/machines/iommu/command-queue.ts", ["model/machines/iommu/command-queue.test.ts"]],
  [OBJECTS_7_3, ["object-table", "calls", "call-branches"].map((name) => `${OBJECTS_7_3}${name}.test.ts`)],
  ["model/machines/linux/iommu/drivers/", ["model/machines/linux/iommu/intel/prq.test.ts"]],
  [
    "model/machines/linux/lib/allocating-xarray",
    ["model/machines/linux/iommu/iommufd/fault/small.test.ts", "properties/iommufd.prop.test.ts"],
  ],
  ["model/machines/linux/lib/mutex", ["model/machines/linux/lib/mutex.test.ts"]],
  ["model/machines/linux/lib/completion", ["model/machines/linux/iommu/intel/prq.test.ts"]],
  ["model/machines/iommu/page-request", ["model/machines/iommu/page-request-queue.test.ts"]],
  ["model/machines/iommu/", ["scenarios/recorded/riscv/golden.test.ts", "properties/iommu-side.prop.test.ts"]],
  ["model/machines/linux/iommu/iommufd/attach/", ["properties/attachments.prop.test.ts"]],
  [
    "model/machines/linux/iommu/iommufd/",
    [
      "model/machines/linux/iommu/iommufd/fault/small.test.ts",
      "scenarios/recorded/linux/6.12/iommufd-scripts.test.ts",
      "properties/iommufd.prop.test.ts",
    ],
  ],
  [
    "model/machines/linux/iommu/iommufd/fault/auto-answer",
    ["properties/lifetimes.prop.test.ts", "properties/teardown.prop.test.ts"],
  ],
];

export const testsOf = (file: string): readonly string[] =>
  TESTS.flatMap(([path, tests]) => (file.startsWith(path) ? tests : []));

const LIFETIMES = "model/machines/linux/iommu/drivers/lifetimes/lifetime-orders.ts";
/** Changes of one order there that is a deliberate defect: it has what it is there for with each of them. */
const ofDefect = (text: string, why: string, changes: readonly string[]): readonly Equivalent[] =>
  changes.map((words) => ({ file: LIFETIMES, operator: "list", text, words, why }));

export const EQUIVALENT: readonly Equivalent[] = [
  ...(["invalid", "failure"] as const).flatMap((code) =>
    (["turned-away", "filtered"] as const).map((state): Equivalent => ({
      file: "model/machines/linux/vfio/iopf/nested/stage-router.ts",
      operator: "swapped-order",
      text: `actions: [answers("${code}"), "returns", "forgets"],`,
      words: `"returns" comes before answers("${code}")`,
      within: `${state}.on.router.refuses.actions`,
      why: "both are one step; the response goes to the device, the return to the thread, and neither reads the other",
    })),
  ),
  {
    file: "model/machines/device/dma-slot.ts",
    operator: "swapped-order",
    text: 'actions: [emit(({ context }) => ({ type: "access.retires", ...access(context) })), "settles", "ends"],',
    words: '"settles" comes before emit(({ context }) => ({ type: "access.retires", ...acces...',
    why: "both are one step; the first is for the translation, the second for the pressure on the page, and neither answers",
  },
  ...EQUIVALENT_IN_CHECKER,
  ...ofDefect(
    'unlocked: ["unlist", ...ANSWER, "remove", "free-data", "put"],',
    "the order is a deliberate defect: without the lock a report uses a released device (B42), whatever follows",
    ["without ...ANSWER", '"free-data" comes before "remove"', '"put" comes before "free-data"'],
  ),
  ...ofDefect(
    'unanswered: ["lock", "unlist", "unlock", "remove", "free-data", "put"],',
    "the order is a deliberate defect: groups in user space get no response (L5), whatever the other steps are",
    [
      '"unlist" comes before "lock"',
      '"unlock" comes before "unlist"',
      '"remove" comes before "unlock"',
      'without "unlock"',
      '"free-data" comes before "remove"',
      '"put" comes before "free-data"',
    ],
  ),
  {
    file: `${CORE_6_12}fault-groups.ts`,
    operator: "off-by-one",
    text: "while (used[id] === true) id += 1;",
    words: "1 becomes 2",
    why: "an id is a name that no other group of the device has; that it is the lowest keeps states few, and is no rule of Linux",
  },
  {
    file: "model/machines/linux/iommu/iommu-sva/sva-bonds-actions.ts",
    operator: "guard",
    text: 'hasNoMemory: ({ event }) => "ok" in event && !event.ok,',
    words: 'without "ok" in event',
    why: "every event that asks this guard has `ok`: it tells the compiler which events these are",
  },
  {
    file: "model/machines/linux/iommu/iommufd/fault/fault-queue.ts",
    operator: "off-by-one",
    text: 'enqueue.emit({ type: "answer.taken", by, group: found?.group ?? null, device: found?.device ?? 0 });',
    words: "0 becomes 1",
    why: "where no group is left nobody looks at the device",
  },
  {
    file: "model/machines/device/dma-slot.ts",
    operator: "swapped-order",
    text: '"access.absent": { target: "waiting", actions: ["awaits", "reports"] },',
    words: '"reports" comes before "awaits"',
    why: "one message goes to the page that is awaited and one to who handles the fault; neither answers, and both are one step",
  },
  {
    file: "model/machines/iommu/nested-translation.ts",
    operator: "swapped-order",
    text: "emit(({ context, event: { slot, page } }) => ({",
    words:
      "assign(({ context, event: { page } }) => markFor(context,... comes before emit(({ context, event: { slot, page } }) => ({ type: mis...",
    why: "a walk leaves a mark only where a mark may be left, and there no look-up fails for want of one",
  },
  {
    file: "model/machines/linux/iommu/drivers/page-requests/request-service.ts",
    operator: "wrong-code",
    text: 'code: "success",',
    words: '"success" becomes "invalid"',
    why: "the transition ends the group, and each way into `answering` sets the code of the next one before it is read",
  },
  ...[
    'guard: ({ event }) => event.how === "abort", target: "doomed", actions: [isFresh, isAnswered]',
    'target: "issued", actions: [isFresh, isAnswered]',
  ].map((rule): Equivalent => ({
    file: "model/machines/iommu/stalled-transaction.ts",
    operator: "swapped-order",
    text: `{ ${rule} },`,
    words: "isAnswered comes before isFresh",
    why: "the message is a constant that one rule allows, the assignment changes neither, and both are one step",
  })),
  ...["drivers/teardown/teardown-thread.ts", "drivers/lifetimes/device-remover.ts"].map((name): Equivalent => ({
    file: `model/machines/linux/iommu/${name}`,
    operator: "swapped-order",
    text: "enqueue.emit(message);",
    words: "enqueue.assign(becomes); comes before enqueue.emit(message);",
    why: "the message and what is assigned are made before either is asked for, and both are one step",
  })),
  {
    file: "model/machines/linux/iommu/io-pgfault/fault-intake.ts",
    operator: "swapped-order",
    text: 'enqueue.emit(fault ? pageResponse([fault], "invalid", null) : { type: "paging.done" });',
    words: 'enqueue(passes); comes before enqueue.emit(fault ? pageResponse([fault], "invalid", nul...',
    why: "both are one step; the response goes to the device and the completion to the drains, and neither answers",
  },
  {
    file: `${OBJECTS_7_3}call-thread.ts`,
    operator: "off-by-one",
    text: "if (kind === null) return fails({ ...context, done: context.done.slice(0, -1) }, error);",
    words: "0 becomes 1",
    why: "a call that looks something up begins with a copy from user space, which has nothing to undo",
  },
  {
    file: `${OBJECTS_7_3}call-questions.ts`,
    operator: "off-by-one",
    text: 'grp: args["grp"] ?? 0,',
    words: "0 becomes 1",
    why: "every request has a group; the default tells the compiler that it is a number",
  },
  {
    file: `${OBJECTS_7_3}mock-viommu.ts`,
    operator: "guard",
    text: "const isSame = (a: Named, b: Named): boolean => a.kind === b.kind && a.at === b.at;",
    words: "without a.kind === b.kind",
    why: "only queues are compared with queues",
  },
  {
    file: `${OBJECTS_7_3}viommu.ts`,
    operator: "guard",
    text: "const isSame = (a: Named | null, b: Named): boolean => a !== null && a.kind === b.kind && a.at === b.at;",
    words: "without a !== null && a.kind === b.kind",
    why: "only vDEVICEs are compared with vDEVICEs, and every virtual ID in use has one",
  },
];

/** Whether it is this mutant of which the reason speaks; each speaks of one. */
export const isOf = ({ file, operator, text, words, within = "" }: Equivalent, mutant: Mutant): boolean =>
  mutant.file === file &&
  mutant.operator === operator &&
  mutant.text === text &&
  mutant.words === words &&
  `.${mutant.within}`.endsWith(within && `.${within}`);

/** Why no run can tell the mutant from the machine; undefined: nobody has said so. */
export const reasonOf = (mutant: Mutant): string | undefined => EQUIVALENT.find((one) => isOf(one, mutant))?.why;
