/** What the functions of `enqueueActions()` put in a queue; what depends on nothing that waits there is done at once. */
import type { Message } from "../json.ts";
import type { Outbox } from "./outbox.ts";
import { actOn, NotPlain, type Act, type Action, type BuiltIn, type Expression } from "./quick-nodes.ts";
import type { Context, Shape } from "./shapes.ts";

export class Queue {
  /** What waits until the function is over. */
  readonly acts: Act[] = [];
  /** After what was done at once. */
  context: Context = {};
  #shape: Shape | undefined;
  #emitted: Outbox | undefined;

  begin(context: Context, shape: Shape, emitted: Outbox): void {
    this.context = context;
    this.#shape = shape;
    this.#emitted = emitted;
  }

  assign(assignment: NonNullable<BuiltIn["assignment"]>): void {
    if (this.acts.length === 0 && typeof assignment === "object") {
      const merged = this.#shape!.merge(this.context, assignment);
      if (merged) {
        this.context = merged;
        return;
      }
    }
    this.acts.push(actOn("assign", { assignment }));
  }

  emit(event: Message | Expression): void {
    if (this.acts.length === 0 && typeof event === "object") this.#emitted!.push(event);
    else this.acts.push(actOn("emit", { event }));
  }
}

/** `enqueue`, as such a function gets it. */
export function enqueueInto(queue: Queue, actOf: (action: Action) => Act): object {
  const refuse = (): never => {
    throw new NotPlain();
  };
  return Object.assign((action: Action) => void queue.acts.push(actOf(action)), {
    assign: (assignment: NonNullable<BuiltIn["assignment"]>) => queue.assign(assignment),
    emit: (event: Message | Expression) => queue.emit(event),
    ...Object.fromEntries(
      ["raise", "cancel", "sendTo", "sendParent", "spawnChild", "stopChild"].map((k) => [k, refuse]),
    ),
  });
}
