/** SVA of Linux 6.12 in a replay: the memory of processes, bind and unbind, and the fault handler of SVA domains. */
import type { Json, Message } from "../../../../checker/json.ts";
import { call } from "../../../../checker/system.ts";
import { EXECUTE, WRITE } from "../../../../model/machines/linux/include/iommu.ts";
import { addressSpaces } from "../../../../model/machines/linux/iommu/iommu-sva/address-spaces.ts";
import { svaBonds, svaBondsSteps } from "../../../../model/machines/linux/iommu/iommu-sva/sva-bonds.ts";
import {
  SVA_6_12,
  svaDomainOf,
  svaHandler,
  svaHandlerSteps,
} from "../../../../model/machines/linux/iommu/iommu-sva/sva-handler.ts";
import { svaRoutes612 } from "../../../../model/systems/iommu-sva-6.12.ts";
import type { Op } from "../drive.ts";
import { paramOf, queueOf } from "./core.ts";
import type { Part, Run, Setting } from "./part.ts";
import { deliverWord } from "./words.ts";

/** A device of the harness can have as many PASIDs as PCIe allows. */
const MAX_PASIDS = 1 << 20;

const BONDS = svaBondsSteps("may-fail");
const rulesOf = ({ departure }: Setting) => ({ ...SVA_6_12, ...departure.sva });

/** What user space does with its memory returns nothing to the harness. */
function remember(op: Op, run: Run): void {
  const mm = Number(op["mm"]);
  const start = Number(op["start"]);
  const tell = (event: Message): void => void run.drive.take("memory", event);
  switch (op.op) {
    case "mm_new":
      return tell({ type: "mm.is-created", mm });
    case "mm_exit":
      run.drive.take("bonds", { type: "mm.exits", mm });
      return tell({ type: "mm.exits", mm });
    case "vma_del":
      return tell({ type: "mm.unmaps", mm, start });
    case "vma": {
      const area = { start, end: Number(op["end"]), prot: Number(op["prot"]), sigbus: op["sigbus"] === true };
      return tell({ type: "mm.maps", mm, area });
    }
  }
}

function bind(run: Run, device: number, mm: number): void {
  run.begin("bonds", { type: "sva.binds", device, mm });
  if (!run.returned) return;
  const pasid = run.returned["pasid"]!;
  run.say({ ev: "ret", val: run.returned["result"]!, ...(pasid !== null && { pasid }) });
}

function unbind(run: Run, device: number, mm: number): void {
  const event = { type: "sva.unbinds", device, mm };
  if (run.drive.canTake("bonds", event)) run.call("bonds", event);
  else run.say({ ev: "skip", why: "not bound" });
}

/** A call of handle_mm_fault(). */
function faultWord(message: Message): Json {
  const { mm, page, perm, user, ok } = message as unknown as {
    readonly mm: number;
    readonly page: number;
    readonly perm: number;
    readonly user: boolean;
    readonly ok: boolean;
  };
  return { ev: "mm_fault", mm, addr: page, write: (perm & WRITE) !== 0, exec: (perm & EXECUTE) !== 0, user, ok };
}

export const sva: Part = {
  name: "sva",
  operations: "mm_new vma vma_del mm_exit bind unbind".split(" "),
  wiring: (setting) => ({
    components: {
      memory: {
        machine: addressSpaces,
        role: "address-spaces",
        input: { rules: setting.departure.resolution ?? {}, spaces: [] },
      },
      bonds: {
        machine: svaBonds,
        role: "sva-bonds",
        input: { groups: setting.groups, maxPasids: MAX_PASIDS, rules: setting.departure.bonds ?? {} },
      },
      sva: { machine: svaHandler, role: "sva-handler", input: { ...rulesOf(setting) } },
    },
    handler: {
      component: "sva",
      takes: (handler) => handler === svaDomainOf(0).handler,
      hearsOfWork: true,
    },
    routes: [
      ...svaRoutes612({
        handler: "sva",
        memory: "memory",
        param: ({ device }) => paramOf(device),
        queues: () => setting.queues.map(queueOf),
        workers: () => setting.queues.map((queue) => `worker${queue}`),
        faults: "outside",
      }),
      call(
        "sva-bonds",
        ["bond.looks-up", "handle.inserts", "handle.erases", "handle.frees"],
        ({ iommuGroup }) => `handles${Number(iommuGroup)}`,
      ),
      call("attach-handles", ["bond.found"], "bonds"),
      call("sva-bonds", ["driver.sets-pasid", "driver.removes-pasid", "allocation.fails"], "outside"),
      call("sva-bonds", ["sva.bound", "sva.unbound"], "outside"),
    ],
  }),
  perform(op, run) {
    if (op.op === "bind") return bind(run, Number(op["dev"]), Number(op["mm"]));
    if (op.op === "unbind") return unbind(run, Number(op["dev"]), Number(op["mm"]));
    return remember(op, run);
  },
  goesOn: (run) =>
    run.step("sva", svaHandlerSteps(rulesOf(run.setting))) !== undefined || run.step("bonds", BONDS) !== undefined,
  word: ({ from, to, message }, { tokens }) => {
    if (message.type === "group.delivered" && to === "sva") return deliverWord(message, tokens, "sva");
    if (message.type === "mm.faults") return faultWord(message);
    if (message.type !== "group.forgets" || from !== "sva") return undefined;
    const g = tokens.of(message);
    tokens.free(message);
    return { ev: "freed_while_work_queued", g };
  },
};
