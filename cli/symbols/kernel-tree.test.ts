/** The list of a tiny tree: functions, macros that stand for them, and ioctls; nothing that is only declared or called. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { UsageError } from "../errors.ts";
import { definitionsIn } from "./definitions.ts";
import { symbolsOfTree, symbolText, versionOf } from "./kernel-tree.ts";

const tree = mkdtempSync(join(tmpdir(), "faultline-tree-"));
afterAll(() => rmSync(tree, { recursive: true }));
const write = (file: string, text: string): void => {
  mkdirSync(dirname(join(tree, file)), { recursive: true });
  writeFileSync(join(tree, file), text);
};

const SOURCE = `// SPDX-License-Identifier: GPL-2.0-only
#include <linux/iommu.h>

#define pr_fmt(fmt) "example: " fmt
#define EXAMPLE_LIMIT 3
#define example_stub ((int (*)(void))NULL)
#define EXAMPLE_GET _IO('e', 1)

struct example {
\tint (*call)(struct example *one);
};

static int example_declared(int one);
static DEFINE_MUTEX(example_lock);

/**
 * example_first() - does it
 */
static int example_first(struct example *one,
\t\t\t int two)
{
\tif (two)
\t\texample_called(one);
out:
\treturn two;
}
EXPORT_SYMBOL_GPL(example_first);

static struct example *
example_second(void)
__acquires(&lock)
{
\treturn NULL;
}

static struct example
*example_third(void)
{
\treturn NULL;
}

static const struct example example_ops = {
\t.call = example_first,
};
`;

test("names what is defined, and nothing that is only declared, called or a value", () => {
  expect(definitionsIn(SOURCE)).toEqual([
    "EXAMPLE_GET",
    "example_first",
    "example_second",
    "example_stub",
    "example_third",
    "pr_fmt",
  ]);
  expect(definitionsIn(SOURCE, true)).toContain("EXAMPLE_LIMIT");
  expect(definitionsIn(SOURCE.replaceAll("\n", "\r\n"))).toEqual(definitionsIn(SOURCE));
});

describe("a tree", () => {
  test("is listed whole in two folders, and elsewhere where another list has the file", () => {
    write("drivers/iommu/new/example.c", SOURCE);
    write("drivers/vfio/empty.h", "#define ONE 1\n");
    write("drivers/iommu/Kconfig", "config ONE\n");
    write("mm/memory.c", "int handle_mm_fault(void)\n{\n}\n");
    write("fs/other.c", "int other(void)\n{\n}\n");
    const list = symbolsOfTree(tree);
    expect(Object.keys(list)).toEqual(["drivers/iommu/new/example.c", "mm/memory.c"]);
    expect(list["mm/memory.c"]).toBe("handle_mm_fault");
    expect(JSON.parse(symbolText(list))).toEqual(list);
  });

  test("has its version in its Makefile", () => {
    expect(() => versionOf(tree)).toThrow(UsageError);
    write(
      "Makefile",
      "# SPDX-License-Identifier: GPL-2.0\nVERSION = 6\nPATCHLEVEL = 18\nSUBLEVEL = 0\nEXTRAVERSION =\n",
    );
    expect(versionOf(tree)).toBe("6.18");
    write("Makefile", "VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 117\n");
    expect(versionOf(tree)).toBe("6.12.117");
  });

  test("that is none is refused", () => {
    expect(() => symbolsOfTree(join(tree, "mm"))).toThrow('mm" has no file in drivers/iommu or drivers/vfio.');
  });
});
