/** What a command says of the queue that does its work. */
import { UsageError } from "../../errors.ts";
import type { Terminal } from "../../terminal.ts";
import { givenAddress, type Address } from "./address.ts";
import type { Identity } from "./identity.ts";

/** Work that goes to the workers of a queue. */
export interface Queueing {
  readonly address: Address;
  readonly identity: () => Identity;
  /** What the user should know meanwhile. */
  readonly tell: (text: string) => void;
  /** Bytes that a search may take, when the user has said it: the memory of this machine is not that of the workers. */
  readonly maxMemory?: number | undefined;
  /** Milliseconds for which a server that is gone is waited for. */
  readonly patience?: number;
}

/** What `--queue` says; undefined: the work is done here. */
export function queueingOf(
  { queue, jobs }: { readonly queue?: string; readonly jobs?: string },
  identity: (() => Identity) | undefined,
  { err }: Terminal,
  maxMemory?: number,
): Queueing | undefined {
  if (queue === undefined) return undefined;
  const address = givenAddress(queue);
  if (jobs !== undefined)
    throw new UsageError("--queue and --jobs exclude each other: workers have their own.", "faultline worker --jobs N");
  if (identity === undefined) throw new Error("This process does not know its own sources.");
  return { address, identity, tell: (text) => err(`faultline: ${text}.\n`), maxMemory };
}
