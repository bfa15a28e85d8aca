/** Domains with a handler for tests: attached and detached, and groups that they kept are responded to later. */
import type { Json } from "../../../../checker/json.ts";
import { call } from "../../../../checker/system.ts";
import type { ResponseCode } from "../../../../model/machines/linux/include/iommu.ts";
import { testDomain } from "../../../../model/machines/linux/iommu/io-pgfault/6.12/test-domain.ts";
import type { Op } from "../drive.ts";
import { handlesOf, paramOf, queueOf } from "./core.ts";
import type { Part, Run } from "./part.ts";
import { deliverWord } from "./words.ts";

const CODES: readonly ResponseCode[] = ["success", "invalid", "failure"];

/** The handler that an `attach` asks for; null: the domain has none. */
const handlerOf = ({ mode, code }: Op): Json =>
  mode === "none"
    ? null
    : { mode: mode === "err" ? "refuse" : String(mode).replace("_", "-"), code: CODES[Number(code ?? 0)]! };

function detach(run: Run, device: number, pasid: number): void {
  const handles = handlesOf(run.setting, device);
  run.call(handles, { type: "handle.erases", pasid });
  const old = run.returned?.["old"];
  if (old) run.drive.take(handles, { type: "handle.frees", pasid, domain: old });
}

function respond(run: Run, token: number, code: ResponseCode): void {
  const named = run.tokens.named(token);
  if (!named) run.say({ ev: "skip", why: "group is gone" });
  else if (run.drive.canTake("handler", { type: "handler.answers", ...named, code }))
    run.call("handler", { type: "handler.answers", ...named, code });
  else run.say({ ev: "skip", why: "not held by the handler" });
}

export const testHandlers: Part = {
  name: "test-handlers",
  operations: ["attach", "detach", "respond"],
  isNeeded: () => true,
  wiring: ({ queues }) => ({
    components: { handler: { machine: testDomain, role: "test-domain" } },
    handler: { component: "handler", takes: (handler) => typeof handler === "object" && "mode" in handler! },
    routes: [
      call(
        "test-domain",
        ["group.responds", "group.frees", "group.dequeues", "group.forgets", "work.queues"],
        ({ device }) => paramOf(device),
      ),
      call("test-domain", ["work.forgets"], () => queues.map(queueOf)),
      call("test-domain", ["work.done"], () => queues.map((queue) => `worker${queue}`), "drop"),
      call("test-domain", ["handler.returns"], "reporter"),
      call("test-domain", ["handler.loses-group", "answer.returns"], "outside"),
    ],
  }),
  perform(op, run) {
    const device = Number(op["dev"]);
    const pasid = Number(op["pasid"]);
    if (op.op === "respond") return respond(run, Number(op["g"]), CODES[Number(op["code"] ?? 0)]!);
    if (op.op === "detach") return detach(run, device, pasid);
    const domain = { handler: handlerOf(op), nested: op["nested"] === true };
    return run.call(handlesOf(run.setting, device), { type: "handle.inserts", pasid, domain });
  },
  word: ({ to, message }, { tokens }) => {
    if (message.type === "group.delivered" && to === "handler") return deliverWord(message, tokens, "test");
    if (message.type !== "handler.loses-group") return undefined;
    const ev = message["from"] === "work" ? "freed_while_work_queued" : "freed_while_held";
    const g = tokens.of(message);
    tokens.free(message);
    return { ev, g };
  },
};
