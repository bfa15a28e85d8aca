/**
 * An automaton in the dialect of DOT that the kernel's runtime verification tools read: dot2c and dot2k of
 * tools/verification/dot2, rvgen of later releases (Documentation/trace/rv/deterministic_automata.rst). They read line by line:
 * first the nodes, of which "__init_" marks the initial one, then the edges.
 */

export interface DotAutomaton {
  readonly states: readonly string[];
  readonly edges: readonly { readonly from: number; readonly event: string; readonly to: number }[];
}

/** What C takes for something else, and what the tools put beside the names. */
const TAKEN = new Set(
  (
    "auto bool break case char const continue default do double else enum extern false float for goto if inline int long " +
    "register restrict return short signed sizeof static struct switch true typedef typeof union unsigned void volatile while " +
    "automaton aut events event_max function states state_max INVALID_STATE"
  ).split(" "),
);

/** A name in C for each of the names, all different, and different from those before. */
function inC(names: readonly string[], suffix: string, before: ReadonlySet<string>): readonly string[] {
  const given = new Set(before);
  return names.map((name) => {
    const plain = name.replace(/\W+/g, "_").replace(/^(?=\d)/, "_");
    const free = (it: string): boolean => !given.has(it) && !TAKEN.has(it);
    let chosen = free(plain) ? plain : `${plain}_${suffix}`;
    for (let k = 2; !free(chosen); k++) chosen = `${plain}_${suffix}${k}`;
    given.add(chosen);
    return chosen;
  });
}

/** One node or edge a line, as the tools want it. States of which none is final: the initial one is marked. */
export function dotText({ states, edges }: DotAutomaton): string {
  const types = [...new Set(edges.map(({ event }) => event))].sort();
  const events = inC(types, "event", new Set());
  const nodes = inC(states, "state", new Set(events));
  const [initial] = nodes;
  const labelled = new Map(types.map((type, k) => [type, events[k]!]));
  return `${[
    "digraph state_automaton {",
    "\tcenter = true;",
    '\tsize = "7,11";',
    `\t{node [shape = plaintext, style=invis, label=""] "__init_${initial}"};`,
    `\t{node [shape = doublecircle] "${initial}"};`,
    ...nodes.map((node) => `\t{node [shape = circle] "${node}"};`),
    `\t"__init_${initial}" -> "${initial}";`,
    ...nodes.map((node) => `\t"${node}" [label = "${node}"];`),
    ...edges.map(({ from, event, to }) => `\t"${nodes[from]}" -> "${nodes[to]}" [ label = "${labelled.get(event)}" ];`),
    `\t{ rank = min ; "__init_${initial}"; "${initial}"; }`,
    "}",
  ].join("\n")}\n`;
}
