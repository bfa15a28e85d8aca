/** Where functions are in other kernels than the patch: files that were renamed, and functions with another name. */
import { describe, expect, test } from "vitest";
import { allSuccessors } from "../../model/kernel/successors.ts";
import { filesWith, functionsOf } from "../../model/kernel/symbols.ts";
import { impactText } from "../../reports/impact-text.ts";
import { changing, fixture, impactOfPatch, index } from "./test-records.ts";

/** A rename with one changed line in the function. */
const renaming = (from: string, to: string, heading: string): string =>
  `diff --git a/${from} b/${to}\nsimilarity index 95%\nrename from ${from}\nrename to ${to}\n${changing(to, heading).replace(`--- a/${to}`, `--- a/${from}`)}`;

describe("a function of which a newer kernel has the file under another name", () => {
  const touched = "static ssize_t iommufd_fault_fops_write(struct file *filep, const char __user *buf,";
  const eventq = "drivers/iommu/iommufd/eventq.c";

  test("is the one that machines stand for", async () => {
    const record = await impactOfPatch(changing(eventq, touched));
    expect(record.functions).toMatchObject([
      { modelled: "said", readIn: "drivers/iommu/iommufd/fault.c", isMoved: true },
    ]);
    expect(impactText(record)).toContain(
      "iommufd_fault_fops_write(), changed (moved from drivers/iommu/iommufd/fault.c)",
    );
    const old = await impactOfPatch(changing("drivers/iommu/iommufd/fault.c", touched));
    expect(old.functions).toMatchObject([{ modelled: "said", isMoved: false }]);
    expect(impactText(old)).not.toContain("moved from");
  });

  test("counts among the functions of the new file", async () => {
    const text = impactText(await impactOfPatch(changing(eventq, "static int iommufd_veventq_fops_poll(void)")));
    expect(text.replaceAll(/\n +/g, " ")).toMatch(/machines model \d+ other functions of this file: .*iommufd_/);
    const own = impactText(
      await impactOfPatch(changing("drivers/iommu/iommufd/iova_bitmap.c", "int iova_bitmap_example(void)")),
    );
    expect(own.replaceAll(/\n +/g, " ")).toContain("no machine models this file");
  });
});

test("a function that does the work of one with another name is told with it", async () => {
  const record = await impactOfPatch(
    changing("drivers/iommu/iommufd/eventq.c", "static int iommufd_eventq_fops_release(struct inode *inode,"),
  );
  expect(record.functions).toMatchObject([{ modelled: "said", was: "iommufd_fault_fops_release" }]);
  expect(impactText(record)).toContain(
    "iommufd_eventq_fops_release(), changed (was iommufd_fault_fops_release(); moved from\n    drivers/iommu/iommufd/fault.c)",
  );
  expect(record.machines.map(({ systems }) => systems).flat()).toContain("iommufd");
  const mistakes = allSuccessors.flatMap(({ file, name, was }) => [
    ...(functionsOf("7.3.4", file)?.has(name) ? [] : [`${file} has no ${name}()`]),
    ...(filesWith("7.3.4", was).length === 0 ? [] : [`7.3.4 has ${was}()`]),
    ...(filesWith("6.12.117", was).length > 0 ? [] : [`6.12.117 has no ${was}()`]),
    ...((index.functions.get(was)?.uses.length ?? 0) > 0 ? [] : [`no machine knows ${was}()`]),
  ]);
  expect(mistakes).toEqual([]);
});

describe("the direction of a move", () => {
  const read = "static ssize_t iommufd_fault_fops_read(struct file *filep, char __user *buf,";
  const thread = "static irqreturn_t prq_event_thread(int irq, void *d)";
  const [fault, eventq] = ["drivers/iommu/iommufd/fault.c", "drivers/iommu/iommufd/eventq.c"];
  const [svm, prq] = ["drivers/iommu/intel/svm.c", "drivers/iommu/intel/prq.c"];
  const lineOf = async (patch: string): Promise<string> =>
    impactText(await impactOfPatch(patch))
      .split("\n")
      .find((line) => line.startsWith("  ") && line.includes("(), changed"))!;

  test("a rename to where machines have the function moves it from nowhere else", async () => {
    expect(await lineOf(renaming(eventq, fault, read))).toBe("  iommufd_fault_fops_read(), changed");
    expect(await lineOf(renaming(svm, prq, thread))).toBe("  prq_event_thread(), changed");
  });

  test("a rename away from there says from where", async () => {
    expect(await lineOf(renaming(prq, svm, thread))).toBe(`  prq_event_thread(), changed (moved from ${prq})`);
    expect(await lineOf(renaming(fault, eventq, read))).toBe(
      `  iommufd_fault_fops_read(), changed (moved from ${fault})`,
    );
  });

  test("a patch for an older kernel says where newer ones have the function", async () => {
    expect(await lineOf(changing(svm, thread))).toBe(`  prq_event_thread(), changed (later in ${prq})`);
    expect(await lineOf(changing(eventq, read))).toBe(`  iommufd_fault_fops_read(), changed (moved from ${fault})`);
  });

  test("a function that is taken away from the newer file is not moved to there", async () => {
    const takes = `--- a/${eventq}\n+++ /dev/null\n@@ -1,4 +0,0 @@\n-int iommufd_fault_fops_read(void)\n-{\n-\treturn 0;\n-}\n`;
    expect(impactText(await impactOfPatch(takes))).toContain(
      `\n  iommufd_fault_fops_read(), removed (read in ${fault})\n`,
    );
  });

  test("a series that changes a file and renames it names the old file, also with the newest patch first", async () => {
    const renames = `diff --git a/${fault} b/${eventq}\nsimilarity index 100%\nrename from ${fault}\nrename to ${eventq}\n`;
    const record = await impactOfPatch(`${changing(eventq, read)}${renames}`);
    expect(record.files).toMatchObject([{ file: eventq, from: fault, change: "renamed" }]);
  });

  test("a rename without a changed line touches no function, and has no other ones", async () => {
    const pure = `diff --git a/drivers/iommu/io-pgfault.c b/drivers/iommu/iopf.c
similarity index 100%
rename from drivers/iommu/io-pgfault.c
rename to drivers/iommu/iopf.c
`;
    const text = impactText(await impactOfPatch(pure)).replaceAll(/\n +/g, " ");
    expect(text).toMatch(/^No function is touched\. Files: drivers\/iommu\/iopf\.c\.$/m);
    expect(text).toMatch(
      /^drivers\/iommu\/iopf\.c \(renamed from .*\): only the name of the file changes; machines model \d+ functions of this file: /m,
    );
    expect(text).not.toContain("other function");
  });
});

test("a renamed file is looked up by its old name", async () => {
  const record = await fixture("other-changes.diff");
  expect(record.functions[0]).toMatchObject({ name: "iopf_queue_add_device", readIn: "drivers/iommu/io-pgfault.c" });
  const text = impactText(record);
  expect(text).toContain("drivers/iommu/iopf.c (renamed from drivers/iommu/io-pgfault.c)");
  expect(text).toContain("scripts/example.sh: only the mode of the file changes; no machine models this file");
  expect(text).toContain("Documentation/example.png: a binary file; no machine models this file");
  expect(text).toContain("drivers/iommu/gone.c (deleted): no machine models gone_value(); no machine models this file");
});
