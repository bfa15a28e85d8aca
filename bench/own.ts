/** One complete search of a system of ours, without claims and without symmetry, in a process of its own; counts as JSON on stdout. */
import { startExhaustive } from "../checker/explore/exhaustive.ts";
import { defineSystem } from "../checker/system.ts";
import { partsOf, type Request } from "../properties/build.ts";

const request = JSON.parse(process.argv[2] ?? "") as Request;
const search = startExhaustive(defineSystem({ ...partsOf(request), properties: [] }), { symmetry: false });
while (search.advance(1 << 20));
if (!search.complete) throw new Error("The search is incomplete.");
const { store, transitions, depth, bytes } = search;
console.log(JSON.stringify({ states: store.count, transitions, depth, bytes }));
