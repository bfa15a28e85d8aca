/** What hunks of C touch, by the kernel's coding style: each case is a hunk as git writes it. */
import { describe, expect, test } from "vitest";
import { touchedNames } from "./touched-names.ts";
import type { HunkLine } from "./unified-diff.ts";

function of(heading: string, text: string) {
  const lines = text
    .replace(/^\n/, "")
    .split("\n")
    .map((line): HunkLine => ({ mark: (line[0] ?? " ") as HunkLine["mark"], text: line.slice(1) }));
  return touchedNames([{ heading, lines }]);
}

const touched = (heading: string, text: string): readonly string[] =>
  of(heading, text).touched.map(({ name, as }) => `${as} ${name}`);

describe("a changed line is of", () => {
  test("the function behind @@, also behind a label, #ifdef and a comment in the first column", () => {
    expect(touched("static int foo(struct bar *b,", " \tone();\n-\ttwo();\n+\tthree();")).toEqual(["changed foo"]);
    expect(touched("int foo(void)", " out_free:\n+\tone();")).toEqual(["changed foo"]);
    expect(touched("int foo(void)", " #ifdef CONFIG_BAR\n+\tone();\n #endif")).toEqual(["changed foo"]);
    expect(touched("int foo(void)", " \tone(); /* begins\n  * goes on\n+ * here */\n+\ttwo();")).toEqual([
      "changed foo",
    ]);
  });

  test("no function, when the one behind @@ ended before the hunk", () => {
    expect(touched("int foo(void)", " /**\n  * bar - does it\n+ * @one: a thing\n  */\n int bar(int one)\n {")).toEqual(
      [],
    );
    expect(touched("int foo(void)", " \n+struct one;\n int bar(int one)\n {")).toEqual(["data one"]);
    expect(touched("EXPORT_SYMBOL_GPL(foo);", " \n+#include <linux/bar.h>\n")).toEqual([]);
  });

  test("the function that begins in the hunk", () => {
    expect(touched("int foo(void)", " }\n \n int bar(int one)\n {\n+\ttwo();")).toEqual(["changed bar"]);
    expect(touched("int foo(void)", " }\n \n static inline int\n bar(int one)\n {\n+\ttwo();")).toEqual([
      "changed bar",
    ]);
    expect(
      touched("int foo(void)", " }\n \n SYSCALL_DEFINE3(bar, int, one, int, two, int, three)\n {\n+\tfour();"),
    ).toEqual(["changed bar"]);
    expect(touched("", " static __always_inline bool __init __bar(int a)\n {\n+\tone();")).toEqual(["changed __bar"]);
    expect(touched("", " static void __printf(1, 2) bar(const char *text, ...)\n {\n+\tone();")).toEqual([
      "changed bar",
    ]);
    expect(touched("int foo(void)", " }\n \n int bar##size(int one)\t\\\n {\t\\\n+\ttwo();\t\\")).toEqual([]);
    expect(touched("", " static void bar(struct a *b) __must_hold(&b->lock)\n {\n+\tone();")).toEqual(["changed bar"]);
  });

  test("both functions, when it stands before and behind the border between them", () => {
    expect(touched("int foo(void)", "+\tone();\n }\n \n int bar(void)\n {\n+\ttwo();")).toEqual([
      "changed foo",
      "changed bar",
    ]);
  });

  test("the old function where it is taken away, and the new one where it is added", () => {
    expect(touched("int foo(void)", " \tone();\n }\n \n+int bar(void)\n+{\n+\ttwo();\n+}\n+\n int baz(void)")).toEqual([
      "added bar",
    ]);
    expect(touched("int foo(void)", " }\n \n-int bar(void)\n-{\n-\ttwo();\n-}\n-\n int baz(void)")).toEqual([
      "removed bar",
    ]);
    expect(touched("int foo(void)", " }\n \n-int bar(void)\n+int bar(int one)\n {\n \ttwo();")).toEqual([
      "changed bar",
    ]);
    expect(touched("int foo(void)", " }\n \n-int bar(void)\n+int baz(void)\n {\n-\ttwo();\n+\tthree();")).toEqual([
      "removed bar",
      "added baz",
    ]);
  });
});

describe("outside of functions", () => {
  test("types, variables, macros and declarations are told apart", () => {
    expect(touched("struct foo {", " \tint one;\n+\tint two;")).toEqual(["data foo"]);
    expect(touched("", " struct foo {\n \tint one;\n+\tint two;\n };\n \n int bar(void)\n {")).toEqual(["data foo"]);
    expect(touched("", " #define ONE(a) \\\n-\ttwo(a)\n+\tthree(a)\n \n int bar(void)\n {")).toEqual(["macro ONE"]);
    expect(touched("", "-int bar(int one,\n-\t int two);\n+int bar(int one);\n int baz(void);")).toEqual([
      "declared bar",
    ]);
    expect(touched("", '+static DEFINE_MUTEX(lock);\n+EXPORT_SYMBOL_GPL(bar);\n+MODULE_LICENSE("GPL");')).toEqual([]);
    expect(touched("static const struct iommu_ops ops = {", " \t.one = one,\n+\t.two = two_fn,")).toEqual(["data ops"]);
  });

  test("and what changed lines name is mentioned, without texts and comments", () => {
    expect(
      of("static const struct iommu_ops ops = {", '+\t.page_response = foo_response, /* bar() */\n+\tpr_warn("baz");')
        .mentioned,
    ).toEqual(["page_response", "foo_response", "pr_warn"]);
    expect(of("int foo(void)", " \tone();\n+\tfoo(two());").mentioned).toEqual(["two"]);
  });

  test("a comment of any number of lines touches and mentions nothing", () => {
    const nothing = { touched: [], mentioned: [], unplaced: 0, labels: [] };
    const inBody = "+\t/*\n+\t * As bar() does.\n+\t */\n \tone();\n-\t/* two() */\n+\t// three()\n";
    expect(of("int foo(void)", inBody)).toEqual(nothing);
    expect(of("int foo(void)", "  * foo() is\n+ * like bar()\n  */\n int baz(void)\n {\n }")).toEqual(nothing);
    expect(of("int foo(void)", "  * foo() is\n+ * like bar()\n  * and baz()")).toEqual(nothing);
    const behind = of("int foo(void)", "+\t/* bar()\n+\t */ two();\n \tone();\n-\t*p = 1;");
    expect(behind).toMatchObject({ touched: [{ name: "foo", as: "changed" }], mentioned: ["two"] });
    expect(touched("int foo(void)", "-\t*p = 1;\n \tone();")).toEqual(["changed foo"]);
  });

  test("lines are counted where nothing says what they are in", () => {
    expect(of("", " \tone();\n+\ttwo();\n-\tthree();\n+\n }\n \n int bar(void)\n {\n+\tfour();")).toMatchObject({
      touched: [{ name: "bar", as: "changed" }],
      unplaced: 2,
    });
    expect(of("", "+\ttwo();")).toMatchObject({ unplaced: 1, labels: [] });
    for (const label of ["out_free", "default"])
      expect(of(`${label}:`, "+\ttwo();")).toMatchObject({ touched: [], unplaced: 1, labels: [label] });
    // The label stands for nothing that is touched: the hunk has gone on to a function.
    expect(of("out_free:", " \tone();\n }\n \n int bar(void)\n {\n+\tfour();")).toMatchObject({
      touched: [{ name: "bar" }],
      labels: [],
    });
  });
});

test("a line of any length is read in no time", () => {
  for (const one of [
    "_".repeat(100_000),
    "a".repeat(100_000),
    "/*".repeat(50_000),
    '"'.repeat(99_999),
    "f(".repeat(50_000),
  ])
    expect(of("int foo(void)", ` static int x ${one}\n+${one}\n+ ${one}`).unplaced).toBe(0);
}, 2_000);
