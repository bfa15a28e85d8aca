/** What machines emit within a step, one behind the other: a list that keeps its room from step to step. */
import type { Message } from "../json.ts";

export class Outbox {
  readonly messages: Message[] = [];
  /** The first ones count. */
  count = 0;

  push(message: Message): void {
    this.messages[this.count++] = message;
  }

  list(): readonly Message[] {
    return this.messages.slice(0, this.count);
  }
}
