import { expect, test } from "vitest";
import { pageFaultProtocol, PROTOCOL_SIZES } from "../../../textbook/page-fault-protocol.ts";
import { counters } from "../../../textbook/counters.ts";
import { pack } from "../../states/layout.ts";
import type { BreadthFirst } from "../breadth-first.ts";
import { searched } from "../../../textbook/searched.ts";
import { Answers } from "./answers.ts";
import { AREA, CONTROL_AT, GROUP_BYTES } from "./memory-map.ts";

const FINE = 1;
const UNKNOWN = 0;
/** Touched slots: all. */
const ALL = -1;
const system = pageFaultProtocol(PROTOCOL_SIZES.XS.size);
const memory = new Int32Array(AREA.HEADS / 4);

const groupCell = (g: number): number => (AREA.GROUPS + g * GROUP_BYTES) / 4;

/** The core, where each slot has so many values. */
const coreWith = ({ core }: BreadthFirst, size: number) =>
  Object.create(core, { sizeOf: { value: () => size } }) as typeof core;

/** Follows the cells as the module does, for what each group says of a state; `see` gets the place of each node. */
function saidOf({ core, judge, layout }: BreadthFirst, vector: Int32Array, see: (place: number) => void): number[] {
  const packed = new Int32Array(layout.words);
  pack(layout, vector, packed);
  expect(vector).toHaveLength(core.slots);
  return judge.groups.map((_, g) => {
    let cell = memory[groupCell(g) + 1]!;
    while (cell > FINE) {
      const place = cell / 4;
      see(place);
      const [word, shift, mask, room] = memory.subarray(place, place + 4);
      const number = (packed[word! / 4]! >>> shift!) & mask!;
      cell = number < room! ? memory[place + 4 + number]! : UNKNOWN;
    }
    return cell;
  });
}

test("what was noted is found along the cells, and takes the bytes that it is said to take", () => {
  const search = searched(system, { symmetry: false });
  const { core, judge, layout, store } = search;
  const answers = new Answers(memory, core, judge, layout, false);
  expect(answers.bytes).toBe(0);
  expect(memory[CONTROL_AT.GROUP_COUNT / 4]).toBe(judge.groups.length);
  expect(judge.groups.map((_, g) => memory[groupCell(g)])).toEqual(judge.groups.map(({ mask }) => mask));
  const places = new Set<number>();
  const states = Array.from({ length: store.count }, (_, state) => search.vectorOf(state));
  for (const vector of states) answers.note(vector, ALL);
  for (const vector of states)
    expect(new Set(saidOf(search, vector, (place) => places.add(place)))).toEqual(new Set([FINE]));
  expect(answers.bytes).toBe([...places].reduce((bytes, place) => bytes + 4 * (4 + memory[place + 3]!), 0));
  expect(answers.bytes).toBeGreaterThan(1_000);
});

test("only groups that read what was touched are noted", () => {
  const search = searched(system, { symmetry: false });
  const { core, judge, layout } = search;
  const answers = new Answers(memory, core, judge, layout, false);
  const reads = (touched: number) => judge.groups.map(({ mask }) => (mask & touched) !== 0);
  const touched = Array.from({ length: 31 }, (_, bit) => 1 << bit).find((bit) => new Set(reads(bit)).size === 2)!;
  answers.note(core.initial, touched);
  expect(saidOf(search, core.initial, () => {})).toEqual(reads(touched).map((is) => (is ? FINE : UNKNOWN)));
});

test("what was not noted is not known, whatever was in the memory before", () => {
  const search = searched(system, { symmetry: false });
  const { core, judge, layout, store } = search;
  memory.fill(FINE, AREA.ANSWERS / 4);
  const answers = new Answers(memory, core, judge, layout, false);
  answers.note(core.initial, ALL);
  expect(saidOf(search, core.initial, () => {})).not.toContain(UNKNOWN);
  expect(saidOf(search, search.vectorOf(store.count - 1), () => {})).toContain(UNKNOWN);
});

test("a node gets twice the room when a number is too large for it, and keeps what it knew", () => {
  const search = searched(counters(1, 40, 2, true), { symmetry: false });
  const { judge, layout, store } = search;
  const core = coreWith(search, 1);
  const answers = new Answers(memory, core, judge, layout, false);
  const rooms = new Set<number>();
  const states = Array.from({ length: store.count }, (_, state) => search.vectorOf(state));
  const fine = states.map((vector) => {
    answers.note(vector, ALL);
    return saidOf(search, vector, (place) => rooms.add(memory[place + 3]!));
  });
  expect([...rooms]).toEqual([1, 2, 4, 8, 16, 32, 64]);
  const still = states.map((vector) => saidOf(search, vector, () => {}));
  expect(still).toEqual(fine);
  expect(still.flat().filter((said) => said === FINE).length).toBeGreaterThan(30);
});

test("nothing is known any more when the memory is full, which begins anew", () => {
  const search = searched(system, { symmetry: false });
  const { judge, layout, store } = search;
  // Four nodes fill the area, and not a cell is left.
  const room = (AREA.HEADS - AREA.ANSWERS) / 16 - 4;
  const answers = new Answers(memory, coreWith(search, room), judge, layout, false);
  let last = 0;
  let most = 0;
  for (let state = 0; state < store.count && answers.bytes >= last; state++) {
    last = answers.bytes;
    for (const { mask } of judge.groups) {
      answers.note(search.vectorOf(state), mask);
      most = Math.max(most, answers.bytes);
    }
  }
  expect(most).toBe(AREA.HEADS - AREA.ANSWERS);
  expect(answers.bytes).toBeLessThan(last);
  expect(answers.bytes % (4 * (4 + room))).toBe(0);
  const places = new Set<number>();
  for (let state = 0; state < store.count; state++)
    saidOf(search, search.vectorOf(state), (place) => places.add(place));
  expect(answers.bytes).toBe(places.size * 4 * (4 + room));
});

test("what is violated is asked again where each violation counts", () => {
  const search = searched(counters(2, 3, 2, true), { symmetry: false });
  const { core, judge, layout, store } = search;
  expect(judge.groups.length).toBeGreaterThan(0);
  const said = [false, true].map((countsBad) => {
    const answers = new Answers(memory, core, judge, layout, countsBad);
    const found = new Set<number>();
    for (let state = 0; state < store.count; state++) {
      const vector = search.vectorOf(state);
      answers.note(vector, ALL);
      for (const one of saidOf(search, vector, () => {})) found.add(one);
    }
    return found;
  });
  expect(said).toEqual([new Set([FINE]), new Set([FINE, UNKNOWN])]);
});
