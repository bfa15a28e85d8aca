/**
 * Where everything lies in the memory that search.wat works on, as byte addresses, and why it returns. In search.wat, `@NAME` stands for
 * the number here; tools/wasm.ts puts it in when the module is built.
 */
import { STILL } from "../../states/graph.ts";
import { PAGES } from "../step-trees.ts";
import { FETCH, FULLEST } from "../../states/store.ts";

const KIB = 1 << 10;
const MIB = 1 << 20;

/** Of lists that the module hands over, so many entries fit. */
const LOGGED = 4096;
/** Rows of the table of states met last. */
export const ROWS = 1 << 13;
/** States of more slots, and so of more words, are searched without the module. */
export const MOST_SLOTS = 128;

/** Numbers that both sides read and write, 4 bytes each. */
const CONTROL = [
  // Of the search: words of a state in bytes, slots, address of state 0, whether transitions are handed over.
  "WORD_BYTES",
  "SLOT_COUNT",
  "STATES",
  "KEEPS_GRAPH",
  // Of the store: states, index entries minus 1, the bits of an entry that number a state, and how full the index may be.
  "COUNT",
  "MASK",
  "ID_MASK",
  "FULLEST",
  "MOST_ENTRIES",
  // Where to stop.
  "MOST_STATES",
  "ROOM",
  // The step that is next: state, slot, bytes into its list; and how many steps the state has taken.
  "STATE",
  "SLOT",
  "OFFSET",
  "STEPS",
  // What is wanted: the list, and the cell of the leaf.
  "LIST_AT",
  "CELL",
  "IS_FILLED",
  // How many are in the batch, and in each list that is handed over; and how many states the new ones stand for.
  "LENGTH",
  "TRANSITIONS",
  "BORN",
  "REPRESENTED",
  "MOVES",
  "DEGREES",
  "LOOKS",
  "GROUP_COUNT",
  "LEAF_BYTES",
  "SINK",
] as const;

type ControlName = (typeof CONTROL)[number];
export const CONTROL_AT = Object.fromEntries(CONTROL.map((name, k) => [name, 64 + 4 * k])) as {
  readonly [name in ControlName]: number;
};

export const AREA = {
  // The batch: successors that wait to be looked up together.
  FETCHED: 1 * KIB,
  HASHES: 2 * KIB,
  PARENTS: 3 * KIB,
  ACTIONS: 4 * KIB,
  TOUCHED: 5 * KIB,
  ORBITS: 6 * KIB,
  PENDING: 16 * KIB,
  // What is handed over: parent and action of new states, target and action of transitions, degrees, states to look at.
  BORN_PARENTS: 256 * KIB,
  BORN_ACTIONS: 272 * KIB,
  MOVE_TARGETS: 288 * KIB,
  MOVE_ACTIONS: 304 * KIB,
  DEGREE_LIST: 320 * KIB,
  LOOK_STATES: 336 * KIB,
  LOOK_TOUCHED: 352 * KIB,
  // Slots: word, shift, mask, address of its lists, for how many numbers. Groups of claims: mask, and root of the tree.
  SLOTS: 384 * KIB,
  GROUPS: 576 * KIB,
  RECENT: 1 * MIB,
  // Tables that grow.
  ANSWERS: 8 * MIB,
  HEADS: 64 * MIB,
  LEAVES: 128 * MIB,
  CELLS: 192 * MIB,
  INDEX: 448 * MIB,
} as const;

export const SLOT_BYTES = 20;
export const GROUP_BYTES = 8;
export const MOST_GROUPS = (AREA.RECENT - AREA.GROUPS) / GROUP_BYTES;

/** Why the module returns. */
export const REASON = {
  DONE: 0,
  /** As many states as were asked for. */
  BOUND: 1,
  /** No more states fit. */
  FULL: 2,
  /** A list that is handed over is full. */
  DRAIN: 3,
  /** The list of what can happen in a slot is not known. */
  LIST: 4,
  /** A leaf is not known, or has to be confirmed. */
  FILL: 5,
  CONFIRM: 6,
  /** The state before the next one has no step. */
  STUCK: 7,
} as const;

/** What `@NAME` stands for in search.wat. */
export const NUMBERS: Readonly<Record<string, number>> = {
  ...CONTROL_AT,
  ...AREA,
  ...REASON,
  FETCH,
  FETCH_BYTES: 4 * FETCH,
  LOGGED,
  LOG_ALMOST: LOGGED - FETCH,
  LAST_ROW: ROWS - 1,
  SLOT_BYTES,
  GROUP_BYTES,
  STILL,
  FULLEST_SHARE: FULLEST,
  // Cells of a list, and of a node (step-trees.ts).
  ENTRY_ACTION: AREA.CELLS + 4,
  NODE_SHIFT: AREA.CELLS + 4,
  NODE_MASK: AREA.CELLS + 8,
  NODE_PAGES: AREA.CELLS + 4 * PAGES,
  NODE_PAGE: AREA.CELLS + 4 * PAGES + 4,
};
