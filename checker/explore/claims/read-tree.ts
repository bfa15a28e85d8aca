/**
 * Answers of a predicate, by what it read. The predicate looks at one slot, sees something there, and what it saw decides at
 * which slot it looks next: a tree, whose leaves are answers. States that look alike to the predicate share a leaf, however
 * much they differ in what it does not read.
 */
import { Reads, type Held, type Path } from "./reads.ts";

/** Rough sizes: a node with its children, a number of a slot and what it shows. */
const NODE_BYTES = 120;
const SHOWN_BYTES = 60;

/** What some paths show of a slot: numbers of the slot that show the same are of one class. */
class View {
  readonly paths: ReadonlyMap<string, Path>;
  readonly #held: Held;
  readonly #slot: number;
  /** By number of the slot: its class plus 1. */
  #classes = new Int32Array(16);
  readonly #byText = new Map<string, number>();

  constructor(held: Held, slot: number, paths: ReadonlyMap<string, Path>) {
    this.#held = held;
    this.#slot = slot;
    this.paths = paths;
  }

  classOf(number: number): number {
    const known = number < this.#classes.length ? this.#classes[number]! : 0;
    return known === 0 ? this.#look(number) : known - 1;
  }

  #look(number: number): number {
    if (number >= this.#classes.length) {
      const wider = new Int32Array(Math.max(number + 1, 2 * this.#classes.length));
      wider.set(this.#classes);
      this.#classes = wider;
    }
    const shown: string[] = [];
    for (const path of this.paths.values()) shown.push(this.#held.shownAt(this.#slot, number, path));
    const text = JSON.stringify(shown);
    let found = this.#byText.get(text);
    if (found === undefined) this.#byText.set(text, (found = this.#byText.size));
    this.#classes[number] = found + 1;
    return found;
  }

  get bytes(): number {
    return 4 * this.#classes.length + SHOWN_BYTES * this.#byText.size;
  }
}

/** The views of a search, shared by its trees. */
export class Views {
  readonly held: Held;
  readonly #known = new Map<string, View>();

  constructor(held: Held) {
    this.held = held;
  }

  of(slot: number, paths: ReadonlyMap<string, Path>): View {
    const texts = [...paths.keys()].sort();
    const key = JSON.stringify([slot, texts]);
    const known = this.#known.get(key);
    if (known) return known;
    const view = new View(this.held, slot, new Map(texts.map((text) => [text, paths.get(text)!])));
    this.#known.set(key, view);
    return view;
  }

  get bytes(): number {
    let bytes = 0;
    for (const view of this.#known.values()) bytes += view.bytes;
    return bytes;
  }
}

export const LEAF = -1;

export class Node<Answer> {
  /** The slot looked at here, or `LEAF`. */
  slot = LEAF;
  view: View | undefined;
  /** By class of what the slot shows. */
  children: (Node<Answer> | undefined)[] = [];
  answer: Answer | undefined;
}

export class ReadTree<Answer> {
  /** Answers that were asked for, and nodes, so far. */
  asked = 0;
  nodes = 0;
  readonly #views: Views;
  readonly #ask: (reads: Reads) => Answer;
  readonly #reads: Reads;
  #root: Node<Answer> | undefined;

  /** @param ask Must be a function of what it reads through `reads`. */
  constructor(views: Views, ask: (reads: Reads) => Answer) {
    this.#views = views;
    this.#ask = ask;
    this.#reads = new Reads(views.held);
  }

  get bytes(): number {
    return NODE_BYTES * this.nodes;
  }

  of(vector: Int32Array): Answer {
    let node = this.#root;
    while (node !== undefined) {
      if (node.slot === LEAF) return node.answer!;
      node = node.children[node.view!.classOf(vector[node.slot]!)];
    }
    this.#reads.begin(vector);
    const answer = this.#ask(this.#reads);
    this.asked++;
    this.#keep(answer);
    return answer;
  }

  /** The nodes that lead to the answer for the vector, which was asked for before. */
  wayOf(vector: Int32Array): readonly Node<Answer>[] {
    const way: Node<Answer>[] = [];
    for (let node = this.#root; node !== undefined;) {
      way.push(node);
      node = node.slot === LEAF ? undefined : node.children[node.view!.classOf(vector[node.slot]!)];
    }
    return way;
  }

  #keep(answer: Answer): void {
    const { slots, paths, vector } = this.#reads;
    let node = (this.#root ??= this.#node());
    for (const slot of slots) {
      const read = paths.get(slot)!;
      // What was asked before no longer leads here when a predicate failed since and is asked no more.
      if (node.slot !== slot) this.#turn(node, slot, read);
      else if (![...read.keys()].every((path) => node.view!.paths.has(path)))
        this.#turn(node, slot, new Map([...node.view!.paths, ...read]));
      node = node.children[node.view!.classOf(vector[slot]!)] ??= this.#node();
    }
    this.#turn(node, LEAF);
    node.answer = answer;
  }

  /** Makes the node one that looks at these paths; what was behind it is asked again where it is met. */
  #turn(node: Node<Answer>, slot: number, paths?: ReadonlyMap<string, Path>): void {
    this.nodes -= sizeOf(node) - 1;
    node.children = [];
    node.slot = slot;
    node.view = paths && this.#views.of(slot, paths);
    node.answer = undefined;
  }

  #node(): Node<Answer> {
    this.nodes++;
    return new Node<Answer>();
  }
}

function sizeOf<Answer>(node: Node<Answer>): number {
  let size = 1;
  for (const child of node.children) if (child) size += sizeOf(child);
  return size;
}
