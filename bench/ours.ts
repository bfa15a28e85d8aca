/** One complete search of the page-fault protocol, in a process of its own; the counts as JSON on stdout. */
import { startExhaustive } from "../checker/explore/exhaustive.ts";
import { pageFaultProtocol, PROTOCOL_SIZES } from "../checker/textbook/page-fault-protocol.ts";

const name = process.argv[2];
if (name === undefined || !(name in PROTOCOL_SIZES))
  throw new Error(`Sizes are ${Object.keys(PROTOCOL_SIZES).join(", ")}, not ${String(name)}.`);
const { size } = PROTOCOL_SIZES[name as keyof typeof PROTOCOL_SIZES];
// All states one by one, as the peers search them.
const search = startExhaustive(pageFaultProtocol(size), { symmetry: false });
while (search.advance(1 << 20));
if (!search.complete || search.firstViolation >= 0 || search.deadlock >= 0)
  throw new Error("The search is incomplete, or found a violation that is not there.");
console.log(JSON.stringify({ states: search.store.count, transitions: search.transitions, bytes: search.bytes }));
