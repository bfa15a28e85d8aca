/**
 * The page requests of VT-d in a replay: ring, page request thread, response op and drain, with the IOPF core behind them.
 * Pages are addresses here, as in the rest of a recording.
 *
 * The recorded hardware is a choice of the harness: `prq_pro` sets PRO at will, and a request that comes while PRO is set is
 * dropped without a response. So is the schedule: the thread runs when an operation says so, and when a drain waits for it.
 */
import type { Message } from "../../../../checker/json.ts";
import { vtd } from "../../../../model/hardware/vtd.ts";
import type { PageRequestQueueContext } from "../../../../model/machines/iommu/page-request-queue-messages.ts";
import { prqThreadSteps } from "../../../../model/machines/linux/iommu/drivers/prq-thread.ts";
import { wholeDrainSteps } from "../../../../model/machines/linux/iommu/drivers/teardown/queue-drain.ts";
import type { CompletionContext } from "../../../../model/machines/linux/lib/completion.ts";
import type { Hardware } from "../../../../model/hardware/hardware.ts";
import { vtdComponents, vtdRoutes } from "../../../../model/systems/vtd-page-requests.ts";
import type { PageRequest, RequestMode } from "../../../../model/units.ts";
import { numberOrNull, type Op } from "../drive.ts";
import { paramOf, queueOf } from "./core.ts";
import type { Part, Run } from "./part.ts";
import { prqWord } from "./prq-words.ts";

/** The IOPF queue of the IOMMU. */
export const PRQ_QUEUE = 0;
/** PRQ_DEPTH. */
const DEPTH = 2048;
const hardware: Hardware = { ...vtd, pqEntries: DEPTH, ovfLastResponse: "none" };

const PAGE = 4096;
const modeOf = ({ x, priv }: Op): { readonly mode?: RequestMode } => {
  if (x === true) return { mode: priv === true ? "privileged-execute" : "execute" };
  return priv === true ? { mode: "privileged" } : {};
};

/** A record has no bits below the page. */
const requestOf = (op: Op): PageRequest => ({
  device: Number(op["dev"]),
  pasid: numberOrNull(op["pasid"]),
  prgi: Number(op["grp"]),
  page: Math.floor(Number(op["addr"]) / PAGE) * PAGE,
  read: op["r"] !== false,
  write: op["w"] === true,
  last: op["last"] === true,
  instance: 0,
  ...modeOf(op),
});

function put(op: Op, run: Run): void {
  const records = (): number => run.drive.context<PageRequestQueueContext>("prq").records.length;
  const before = records();
  run.drive.take("prq", { type: "pri.request", ...requestOf(op) });
  if (records() === before) run.say({ ev: "hw_drop", pro: run.drive.stateName("prq") === "overflowed" });
}

/** An interrupt may be there already. */
const wakes = (run: Run): void => {
  if (run.drive.stateName("prq-thread") === "idle") run.drive.take("prq-thread", { type: "prq.interrupt" });
};
const ACKNOWLEDGES: Message = { type: "thread.acknowledges" };
const THREAD = prqThreadSteps({ tail: "once" });
const mayRun = (run: Run): boolean => !["idle", "woken"].includes(run.drive.stateName("prq-thread"));

/** A drain that sleeps has the thread run. */
function drainGoesOn(run: Run): boolean {
  if (run.step("drain0", wholeDrainSteps) !== undefined) return true;
  const { sleeping } = run.drive.context<CompletionContext>("prq-complete");
  if (sleeping.length === 0) return false;
  wakes(run);
  return run.drive.take("prq-thread", ACKNOWLEDGES);
}

export const prq: Part = {
  name: "prq",
  operations: ["init", "prq_put", "prq_pro", "prq_irq", "prq_drain"],
  isNeeded: ({ ops }) => ops[0]?.["intel"] === true,
  wiring: ({ groups, departure }) => ({
    components: vtdComponents(hardware, { devices: [...groups.keys()], pageSize: 1 }, departure.vtd),
    routes: vtdRoutes({
      reporter: "reporter",
      queue: queueOf(PRQ_QUEUE),
      paramOf: ({ device }) => paramOf(device),
      outside: "outside",
      caller: "outside",
    }),
    around: {
      driver: "response-encoder",
      caller: () => ["outside", "prq-thread"],
      flusher: () => ["outside", "drain0"],
    },
    reports: ["prq-thread"],
  }),
  perform(op, run) {
    switch (op.op) {
      case "init":
        return run.call(queueOf(PRQ_QUEUE), { type: "queue.allocates" });
      case "prq_put":
        return put(op, run);
      case "prq_pro":
        return void run.drive.take("prq", { type: "prq.overflows" });
      case "prq_irq":
        wakes(run);
        return run.call("prq-thread", ACKNOWLEDGES, "thread.returns");
      case "prq_drain": {
        const of = { device: Number(op["dev"]), pasid: Number(op["pasid"]) };
        return run.call("drain0", { type: "drain.begins", ...of }, "drain.returns");
      }
    }
  },
  goesOn: (run) => (mayRun(run) ? run.step("prq-thread", THREAD) !== undefined : drainGoesOn(run)),
  word: ({ message }) => prqWord(message),
};
