/**
 * Files of iommufd: the file of a queue, and the references to the file of the context with the pages that mmap() can map.
 *
 * Models  Linux 7.3, drivers/iommu/iommufd/eventq.c: iommufd_eventq_init(), iommufd_eventq_fops_release() (J7, J8);
 *         main.c: iommufd_ctx_get(), iommufd_ctx_put(), iommufd_fops_mmap() with ictx->mt_mmap (J65).
 *         A descriptor that was closed is no descriptor: the call gets EBADF from the table of descriptors.
 * Omits   Descriptors that are shared or handed on.
 */
import { assign, setup } from "xstate";
import { linuxAt } from "../../../../../said.ts";
import { OK } from "../../../include/iommu.ts";
import { answered, answerSays, described, type Answers } from "./call-messages.ts";
import { EBADF, ENXIO } from "./errors.ts";

type By = { readonly by: string };

const queue = setup({
  types: {
    context: {} as { readonly open: boolean },
    events: {} as { readonly type: "file.opens" | "file.closes" | "file.looks" } & By,
    emitted: {} as Answers,
    input: {} as { readonly kind: string; readonly at: number; readonly open?: boolean },
  },
});

export const queueFile73 = queue.createMachine({
  id: "queue-file-7.3",
  description: "the file of a queue of events or faults",
  meta: {
    origin: linuxAt("7.3.4", "drivers/iommu/iommufd/eventq.c", "iommufd_eventq_fops_release"),
    lane: "the file of {kind} {at}",
    messages: answerSays,
  },
  context: ({ input }) => ({ open: input.open ?? false }),
  on: {
    "file.opens": { actions: [assign({ open: true }), queue.emit(({ event }) => answered(event.by, OK))] },
    "file.closes": [
      {
        guard: ({ context }) => context.open,
        actions: [assign({ open: false }), queue.emit(({ event }) => answered(event.by, OK))],
      },
      { actions: queue.emit(({ event }) => answered(event.by, EBADF)) },
    ],
    /** read(), write() and poll() find the file first. */
    "file.looks": { actions: queue.emit(({ context, event }) => answered(event.by, context.open ? OK : EBADF)) },
  },
});

const context = setup({
  types: {
    context: {} as { readonly references: number; readonly pages: readonly number[] },
    events: {} as
      | ({ readonly type: "context.gets" | "context.puts" } & By)
      | ({ readonly type: "context.finds-mmap"; readonly offset: number; readonly whole: number } & By)
      | { readonly type: "mmap.adds" | "mmap.removes"; readonly viommu: number },
    emitted: {} as Answers,
  },
});

export const contextFile = context.createMachine({
  id: "context-file",
  description: "the references to an iommufd context",
  meta: {
    origin: linuxAt("7.3.4", "drivers/iommu/iommufd/main.c", "iommufd_fops_release"),
    lane: "ictx->file",
    messages: answerSays,
  },
  context: { references: 1, pages: [] },
  on: {
    "context.gets": { actions: assign({ references: ({ context: { references } }) => references + 1 }) },
    "context.puts": {
      actions: [
        assign({ references: ({ context: { references } }) => references - 1 }),
        context.emit(({ context: { references }, event }) => answered((event as By).by, OK, { references })),
      ],
    },
    /** The offset of a page is that of its vIOMMU; only the whole page can be mapped. */
    "context.finds-mmap": {
      actions: context.emit(({ context: { pages }, event }) => {
        const { by, offset, whole } = event as Extract<typeof event, { readonly type: "context.finds-mmap" }>;
        return pages.includes(offset) && whole === 1
          ? described(by, { viommu: { kind: "viommu", at: offset } })
          : described(by, {}, {}, ENXIO);
      }),
    },
    "mmap.adds": { actions: assign({ pages: ({ context: { pages }, event }) => [...pages, event.viommu] }) },
    "mmap.removes": {
      actions: assign({ pages: ({ context: { pages }, event }) => pages.filter((one) => one !== event.viommu) }),
    },
  },
});
