/** Who receives a message that was put into a channel: the trace says so where the message is delivered. */
import type { TraceRecord, TransferRecord } from "../checker/run-record.ts";
import { brief } from "./phrases.ts";

export interface Flights {
  /** Of each message sent or lost: the component that takes it, or would have. */
  readonly receivers: ReadonlyMap<TransferRecord, string>;
  /** Of each delivery: the transfer that put the message into the channel. */
  readonly origins: ReadonlyMap<TransferRecord, TransferRecord>;
}

/**
 * The flights of a trace, as far as it tells. Channels deliver in order, so the deliveries of a channel are matched with what
 * was put into it; what is still in flight, or lost, goes where all others of its channel went, when that is one place.
 */
export function flightsOf({ steps }: Pick<TraceRecord, "steps">): Flights {
  const found = new Map<TransferRecord, string>();
  const origins = new Map<TransferRecord, TransferRecord>();
  const waiting = new Map<string, TransferRecord[]>();
  const places = new Map<string, Set<string>>();
  const pending: TransferRecord[] = [];
  for (const { action, transfers } of steps) {
    for (const [k, transfer] of transfers.entries()) {
      const { from, to, how, message } = transfer;
      if (action.kind === "deliver" && k === 0 && from === action.channel) {
        places.set(from, (places.get(from) ?? new Set()).add(to));
        const queue = waiting.get(from) ?? [];
        const head = queue[0];
        if (head && brief(head.message) === brief(message)) {
          queue.shift();
          found.set(head, to);
          origins.set(transfer, head);
        }
      } else if (how === "sent" || how === "lost") {
        pending.push(transfer);
        if (how === "sent") waiting.set(to, [...(waiting.get(to) ?? []), transfer]);
      }
    }
  }
  for (const transfer of pending) {
    const [only, ...others] = places.get(transfer.to) ?? [];
    if (!found.has(transfer) && only !== undefined && others.length === 0) found.set(transfer, only);
  }
  return { receivers: found, origins };
}
