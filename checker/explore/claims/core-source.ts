/** The numbers of a core as predicates see them. */
import type { Json } from "../../json.ts";
import type { Core } from "../../kernel/core.ts";
import { stateName } from "../../kernel/step.ts";
import type { Seen } from "../../property.ts";
import type { Source } from "./instances.ts";

/** The slots of a core as predicates see them, from the vector given. */
export function sourceOf(core: Core, vector: ArrayLike<number>): Source {
  return {
    component: (name) => seenLocal(core, core.slotOf(name), vector[core.slotOf(name)]!),
    channel: (name) => core.messagesOf(core.slotOf(name), vector[core.slotOf(name)]!),
  };
}

function seenLocal(core: Core, slot: number, local: number): Seen {
  const snapshot = core.locals[slot]!.values[local]!;
  return {
    name: core.slotName(slot),
    state: stateName(snapshot.value),
    context: snapshot.context as Record<string, Json>,
  };
}
