/** What is known of mutants of the checker that no test notices: of most, two steps, of which neither reads what the other writes. */
import type { Equivalent } from "./equivalent.ts";

type Swap = readonly [text: string, words: string];

const swaps = (file: string, why: string, all: readonly Swap[]): readonly Equivalent[] =>
  all.map(([text, words]) => ({ file: `checker/${file}`, operator: "swapped-order", text, words, why }));

export const EQUIVALENT_IN_CHECKER: readonly Equivalent[] = [
  {
    file: "checker/explore/future/live-fair.ts",
    operator: "flag-not-set",
    text: "return false;",
    words: "false becomes true",
    why: "a single state without a step in place has no class that takes a step inside, so what follows refuses it as well, only later",
  },
  ...swaps("explore/observed/observed-system.ts", "two maps, and neither call reads the other", [
    ["numberOfText.set(text, number);", "numbers.set(snapshot, number); comes before numberOfText.set(text, number);"],
  ]),
  ...swaps("explore/search/wasm/answers.ts", "the head of a node has NODE cells, and its answers begin after them", [
    [
      "memory.set([4 * word[slot]!, shift[slot]!, mask[slot]!, room], place);",
      "memory.fill(UNKNOWN, place + NODE, place + NODE + room); comes before memory.set([4 * word[slot]!, shift[slot]!, mask[slot]!, r...",
    ],
  ]),
  ...swaps("explore/search/wasm/loop.ts", "two places in the memory of the module, which does not run in between", [
    [
      'this.#set("SLOT_COUNT", core.slots);',
      'this.#set("STATES", AREA.INDEX + 4 * most); comes before this.#set("SLOT_COUNT", core.slots);',
    ],
    [
      'this.#set("STATES", AREA.INDEX + 4 * most);',
      'this.#set("KEEPS_GRAPH", graph ? 1 : 0); comes before this.#set("STATES", AREA.INDEX + 4 * most);',
    ],
    [
      'this.#set("KEEPS_GRAPH", graph ? 1 : 0);',
      'this.#set("MOST_ENTRIES", most); comes before this.#set("KEEPS_GRAPH", graph ? 1 : 0);',
    ],
    [
      'this.#set("MOST_ENTRIES", most);',
      'this.#set("MOST_STATES", limits.maxStates === undefined ?... comes before this.#set("MOST_ENTRIES", most);',
    ],
    [
      'this.#set("MOST_STATES", limits.maxStates === undefined ? MOST_STATES : Math.min(limits.maxStates, MOST_STATES));',
      'this.#set("COUNT", store.count); comes before this.#set("MOST_STATES", limits.maxStates === undefined ?...',
    ],
    [
      'this.#set("COUNT", store.count);',
      'states.set(store.states.subarray(0, store.count * layout.... comes before this.#set("COUNT", store.count);',
    ],
    [
      "store.settle(states, this.#memory.subarray(AREA.INDEX / 4, AREA.INDEX / 4 + store.index.length));",
      "this.#memory.fill(1, AREA.ORBITS / 4, AREA.ORBITS / 4 + F... comes before store.settle(states, this.#memory.subarray(AREA.INDEX / 4...",
    ],
  ]),
  ...swaps("explore/states/checkpoint.ts", "tables are written and read by their names, each into its own", [
    [
      'growing.set("graph-targets", graph.targets.subarray(0, graph.transitions));',
      'growing.set("graph-actions", graph.actions.subarray(0, gr... comes before growing.set("graph-targets", graph.targets.subarray(0, gr...',
    ],
    [
      'growing.set("graph-actions", graph.actions.subarray(0, graph.transitions));',
      'growing.set("graph-degrees", graph.degrees.subarray(0, gr... comes before growing.set("graph-actions", graph.actions.subarray(0, gr...',
    ],
    ['read("states", store.states);', 'read("parents", store.parents); comes before read("states", store.states);'],
    ['read("parents", store.parents);', 'read("actions", store.actions); comes before read("parents", store.parents);'],
    [
      'read("graph-targets", graph.targets);',
      'read("graph-actions", graph.actions); comes before read("graph-targets", graph.targets);',
    ],
    [
      'read("graph-actions", graph.actions);',
      'read("graph-degrees", graph.degrees); comes before read("graph-actions", graph.actions);',
    ],
  ]),
  ...swaps("explore/states/graph.ts", "two tables, and what is written was there before", [
    [
      "this.targets.set(targets, this.transitions);",
      "this.actions.set(actions, this.transitions); comes before this.targets.set(targets, this.transitions);",
    ],
  ]),
  ...swaps("explore/states/store.ts", "two tables, and what is written was there before", [
    [
      "this.parents.set(parents, this.count);",
      "this.actions.set(actions, this.count); comes before this.parents.set(parents, this.count);",
    ],
  ]),
  ...swaps("explore/symmetry/orbits.ts", "two parts of the new table, which do not overlap", [
    [
      "wider.set(this.#images.subarray(0, end));",
      "wider.set(this.#images.subarray(end), end + added * this.... comes before wider.set(this.#images.subarray(0, end));",
    ],
  ]),
  ...swaps("explore/symmetry/orbits.ts", "two tables, and what is written was there before", [
    ["this.#base.set(base);", "this.#room.set(room); comes before this.#base.set(base);"],
  ]),
  ...swaps("kernel/core.ts", "two lists, and the numbers of events depend on neither", [
    [
      "this.#choices.push([]);",
      "this.#universe.push(Int32Array.from(events, (event) => th... comes before this.#choices.push([]);",
    ],
    [
      "this.#universe.push(Int32Array.from(events, (event) => this.eventId(event)));",
      "this.#firstAction.push(action); comes before this.#universe.push(Int32Array.from(events, (event) => th...",
    ],
    [
      "this.contents.push(new Contents(capacity));",
      "this.#firstAction.push(action++); comes before this.contents.push(new Contents(capacity));",
    ],
  ]),
  ...swaps("kernel/live-audit.ts", "the live system and the core hold their states apart", [
    ["live.make(trialOf(live, action)!);", "core.takeAction(action); comes before live.make(trialOf(live, action)!);"],
  ]),
  ...swaps("measure/levels.ts", "two tables that are both cleared", [
    ["sums.fill(0);", "next.values.fill(0); comes before sums.fill(0);"],
  ]),
  ...swaps("measure/passage.ts", "two tables, and what is written was there before", [
    [
      "all.holds.set(holds, copy * count);",
      "all.values.set(values, shift); comes before all.holds.set(holds, copy * count);",
    ],
  ]),
];
