/** DOT as the tools of tools/verification/dot2 read it; `npm run readers` gives it to them. */
import { expect, test } from "vitest";
import { dotText } from "./dot.ts";

test("first the nodes, the initial one marked, then its edge, then the others", () => {
  const text = dotText({
    states: ["free", "held"],
    edges: [
      { from: 0, event: "lock.acquires", to: 1 },
      { from: 1, event: "lock.releases", to: 0 },
    ],
  });
  expect(text.split("\n").map((line) => line.trim())).toEqual([
    "digraph state_automaton {",
    "center = true;",
    'size = "7,11";',
    '{node [shape = plaintext, style=invis, label=""] "__init_free"};',
    '{node [shape = doublecircle] "free"};',
    '{node [shape = circle] "free"};',
    '{node [shape = circle] "held"};',
    '"__init_free" -> "free";',
    '"free" [label = "free"];',
    '"held" [label = "held"];',
    '"free" -> "held" [ label = "lock_acquires" ];',
    '"held" -> "free" [ label = "lock_releases" ];',
    '{ rank = min ; "__init_free"; "free"; }',
    "}",
    "",
  ]);
});

test("every name is one in C, and no two are alike: states and events share one name space there", () => {
  const text = dotText({
    states: ["default", "a.b", "a-b", "go", "2 left"],
    edges: [{ from: 0, event: "go", to: 1 }],
  });
  const names = [...text.matchAll(/shape = circle\] "(\w+)"/g)].map(([, name]) => name);
  expect(names).toEqual(["default_state", "a_b", "a_b_state", "go_state", "_2_left"]);
  expect(text).toContain('"default_state" -> "a_b" [ label = "go" ]');
});
