/** What is looked up for a patch, and how it is told; each statement has a patch for which it is not made. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { unknownIn } from "../../properties/build.ts";
import { filesWith, functionsOf } from "../../model/kernel/symbols.ts";
import { allSuccessors } from "../../model/kernel/successors.ts";
import { impactText } from "../../reports/impact-text.ts";
import { COMMANDS, type ImpactRecord } from "../../reports/impact.ts";
import { indexOfNames } from "../../scenarios/names/index-of-names.ts";
import { scenarios } from "../../scenarios/questions/index.ts";
import { nameSources } from "../machine-files.ts";
import { patchesIn } from "../patch/mails.ts";
import { impactOf } from "./impact-of.ts";
import { closeness } from "./named.ts";
import { statesOf } from "./states.ts";
import { touchedBy } from "./touched.ts";

const sources = await nameSources();
const index = indexOfNames(sources);

async function impactOfPatch(text: string | Buffer): Promise<ImpactRecord> {
  const patches = await patchesIn(Buffer.from(text));
  return impactOf(index, sources.files, {
    patches: patches.map(({ title, kind, damage, files }) => ({
      title,
      kind,
      damage,
      files: files.map(({ path }) => path),
    })),
    files: touchedBy(patches),
    functions: [],
  });
}
const named = (...functions: readonly string[]): ImpactRecord =>
  impactOf(index, sources.files, { patches: [], files: [], functions });
const counted = (name: string): ImpactRecord =>
  impactOf(index, sources.files, { patches: [], files: [], functions: [name] }, statesOf);
const fixture = (name: string): Promise<ImpactRecord> =>
  impactOfPatch(readFileSync(new URL(`../patch/fixtures/${name}`, import.meta.url)));

const changing = (file: string, heading: string, line = "example();"): string =>
  `--- a/${file}\n+++ b/${file}\n@@ -1,2 +1,3 @@ ${heading}\n \tbegin();\n+\t${line}\n \tend();\n`;
const firstLine = (record: ImpactRecord): string => impactText(record).split("\n")[0]!;

describe("a patch to a function that a machine stands for", () => {
  const record = impactOfPatch(
    changing("drivers/vfio/vfio_iommu_type1.c", "static long vfio_unmap_unpin(struct vfio_iommu *iommu,"),
  );

  test("names the machine, its systems, and what they say", async () => {
    const { functions, machines } = await record;
    expect(functions).toMatchObject([{ name: "vfio_unmap_unpin", how: "changed", modelled: "said" }]);
    expect(functions[0]!.uses[0]).toMatchObject({ as: "machine", tree: "Linux 6.1.192 and 6.12.117" });
    expect(machines.map(({ file }) => file)).toContain("model/machines/linux/vfio/type1/page-release.ts");
    expect(machines.find(({ machine }) => machine === "page-release")!.systems).toContain("unmap-race");
    expect(firstLine(await record)).toBe("The function that the patch touches is modelled: vfio_unmap_unpin().");
  });

  test("says what is known to break in a run with the machine, and nothing of other machines", async () => {
    const { known, properties } = await record;
    expect(known.map(({ system, properties: ids }) => `${system} ${ids.join(" ")}`)).toContain("lru-limit LRU-7");
    const about = new Set([...properties.map(({ id }) => id), "DEADLOCK"]);
    expect(known.flatMap(({ properties: ids }) => ids).filter((id) => !about.has(id))).toEqual([]);
    expect(known.map(({ system }) => system)).not.toContain("table-entries");
  });

  test("offers commands that name what exists", async () => {
    const { commands } = await record;
    expect(commands.length).toBeGreaterThan(3);
    for (const { command } of commands) {
      const [, , verb, name = "", ...options] = command.split(" ");
      if (verb === "scenarios") expect(scenarios.map(({ id }) => id)).toContain(name);
      else {
        const after = (option: string): string | undefined => options[options.indexOf(option) + 1];
        const hardware = options.includes("--hardware") ? after("--hardware")! : "any";
        expect(
          unknownIn({ system: name, hardware, host: after("--design")!, bounds: after("--bounds")!, set: {} }),
        ).toBeUndefined();
      }
    }
  });
});

test("a patch that touches nothing of a machine says which file no machine models, and offers no command", async () => {
  const record = await impactOfPatch(
    changing("drivers/iommu/intel/perf.c", "void dmar_latency_update(struct intel_iommu *iommu,"),
  );
  expect(record.functions).toMatchObject([{ modelled: "no", uses: [] }]);
  expect(record).toMatchObject({ machines: [], known: [], properties: [], knobs: [], scenarios: [], commands: [] });
  const text = impactText(record);
  expect(text).toContain("The function that the patch touches is not modelled.");
  expect(text).toContain(
    "drivers/iommu/intel/perf.c: no machine models dmar_latency_update(); no machine models this file",
  );
});

test("a file of which machines model other functions is told in other words", async () => {
  const record = await impactOfPatch(
    changing("drivers/vfio/vfio_iommu_type1.c", "static int vfio_iommu_type1_get_info(struct vfio_iommu *iommu,"),
  );
  const text = impactText(record).replaceAll(/\n +/g, " ");
  expect(text).toMatch(
    /no machine models vfio_iommu_type1_get_info\(\); machines model \d+ other functions of this file: /,
  );
  expect(text).not.toContain("no machine models this file");
});

test("a function that another file has under the same name is not meant", async () => {
  const how = async (file: string, heading: string) => (await impactOfPatch(changing(file, heading))).functions[0]!;
  // No list has the file: a function of one folder has moved.
  expect(await how("drivers/iommu/iopf.c", "void iopf_group_response(struct iopf_group *group,")).toMatchObject({
    modelled: "said",
    readIn: "drivers/iommu/io-pgfault.c",
  });
  // Two files of one kernel define it, and machines mean one of them.
  const [name = "", other = ""] =
    [...index.functions.values()].flatMap(({ name: one, uses, definedIn }) => {
      const meant = uses.flatMap(({ origin }) => origin?.at ?? []).filter((at) => at.endsWith(".c"));
      const trees = definedIn.flatMap(({ file, tree }) => (meant.includes(file) ? [tree] : []));
      const own = definedIn.find(({ file, tree }) => !meant.includes(file) && trees.includes(tree));
      return meant.length > 0 && own?.file.endsWith(".c") ? [[one, own.file]] : [];
    })[0] ?? [];
  expect((await how(other, `static int ${name}(void)`)).modelled).not.toBe("said");
  // No list has the file, and it lies in another subsystem.
  const fault = "static void iommufd_auto_response_faults(void)";
  expect((await how("arch/x86/mm/fault.c", fault)).modelled).toBe("no");
  expect((await how("drivers/iommu/iommufd/fault.c", fault)).modelled).toBe("said");
});

describe("a function of which a newer kernel has the file under another name", () => {
  const touched = "void iommufd_auto_response_faults(struct iommufd_hw_pagetable *hwpt,";
  const eventq = "drivers/iommu/iommufd/eventq.c";

  test("is the one that machines stand for", async () => {
    const record = await impactOfPatch(changing(eventq, touched));
    expect(record.functions).toMatchObject([
      { modelled: "said", readIn: "drivers/iommu/iommufd/fault.c", isMoved: true },
    ]);
    expect(impactText(record)).toContain(
      "iommufd_auto_response_faults(), changed (moved from drivers/iommu/iommufd/fault.c)",
    );
    const old = await impactOfPatch(changing("drivers/iommu/iommufd/fault.c", touched));
    expect(old.functions).toMatchObject([{ modelled: "said", isMoved: false }]);
    expect(impactText(old)).not.toContain("moved from");
  });

  test("counts among the functions of the new file", async () => {
    const text = impactText(await impactOfPatch(changing(eventq, "static int iommufd_veventq_fops_poll(void)")));
    expect(text.replaceAll(/\n +/g, " ")).toMatch(/machines model \d+ other functions of this file: .*iommufd_/);
    const own = impactText(
      await impactOfPatch(changing("drivers/iommu/iommufd/viommu.c", "int iommufd_example(void)")),
    );
    expect(own).toContain("no machine models this file");
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

describe("where one function is the subject", () => {
  const removal = named("iopf_queue_remove_device");
  const close = closeness(index, ["iopf_queue_remove_device"]);

  test("systems about it come first, and the cheapest of equally close ones", () => {
    expect(close("lifetimes")).toBeGreaterThan(close("teardown"));
    expect(close("stall-flat")).toBe(0);
    expect(removal.machines[0]!.systems).toContain("lifetimes");
    for (const { systems } of removal.machines)
      expect(systems).toEqual(systems.toSorted((a, b) => close(b) - close(a)));
    const commands = removal.commands.slice(0, COMMANDS);
    const at = (word: string): number => commands.findIndex(({ command }) => command.includes(word));
    expect(at("check lifetimes")).toBeGreaterThanOrEqual(0);
    expect(at("check lifetimes")).toBeLessThan(at("check teardown"));
    expect(commands.some(({ command }) => command.includes("stall-flat"))).toBe(false);
    expect(removal.known[0]!.system).toBe("lifetimes");
    const cost = ({ states, atLeast }: (typeof commands)[number]): number => states ?? atLeast! + 1;
    const record = counted("iopf_free_group");
    const equal = record.commands.slice(0, COMMANDS).map(cost);
    expect(equal.length).toBeGreaterThan(3);
    expect(equal).toEqual(equal.toSorted((a, b) => a - b));
    expect(impactText(record)).toMatch(
      /of equally close ones the cheapest first:\n.*\n +(?:more than )?[\d ]+ states: /,
    );
    const uncounted = named("iopf_free_group");
    expect(uncounted.commands.map(({ command }) => command).toSorted()).toEqual(
      record.commands.map(({ command }) => command).toSorted(),
    );
    expect(uncounted.commands.every((one) => one.states === undefined && one.atLeast === undefined)).toBe(true);
    expect(impactText(uncounted)).not.toMatch(/\d states/);
  });

  test("questions and deliberate defects that set a knob of its machines are found, after those that name it", () => {
    const questions = removal.scenarios.map(({ id }) => id);
    expect(questions.slice(0, 3)).toContain("removal-frees-a-stack");
    const firstByKnob = removal.scenarios.findIndex(({ names }) => names.length === 0);
    expect(removal.scenarios.findLastIndex(({ names }) => names.length > 0)).toBeLessThan(firstByKnob);
    const byKnob = removal.scenarios.filter(({ names }) => names.length === 0);
    expect(byKnob.length).toBeGreaterThan(0);
    expect(byKnob.flatMap(({ knobs }) => (knobs.length === 0 ? ["none"] : []))).toEqual([]);
    expect(removal.defects.map(({ designs }) => designs[0])).toContain("partialsAtRemoval=kept");
    expect(removal.defects.every(({ names, knobs }) => names.length + knobs.length > 0)).toBe(true);
    // A machine of another file reads other knobs.
    const pinning = named("vfio_unmap_unpin");
    expect(pinning.defects.map(({ designs }) => designs[0])).not.toContain("partialsAtRemoval=kept");
    expect(impactText(removal)).toContain("(sets queueOrder)");
  });
});

test("where only calls are modelled, the machines are those of what is called, and mutexes count for nothing", async () => {
  const calling = await impactOfPatch(
    changing("drivers/iommu/intel/perf.c", "void dmar_latency_update(void)", "iopf_group_response(group, 0);"),
  );
  expect(calling.calls.map(({ name }) => name)).toEqual(["iopf_group_response"]);
  expect(calling.machines.length).toBeGreaterThan(0);
  expect(firstLine(calling)).toBe(
    "The function that the patch touches is not modelled. Machines model functions that it calls.",
  );
  const locking = await impactOfPatch(
    changing("drivers/iommu/intel/perf.c", "void dmar_latency_update(void)", "mutex_lock(&lock);"),
  );
  expect(locking.calls).toEqual([]);
});

test("an empty function of a header, and one that only the RFC has", async () => {
  const stub =
    "--- a/include/linux/iommu.h\n+++ b/include/linux/iommu.h\n@@ -1,1 +1,4 @@\n #else\n+static inline void iopf_group_response(struct iopf_group *group)\n+{\n+}\n";
  expect((await impactOfPatch(stub)).functions).toEqual([]);
  const rfc = await impactOfPatch(
    changing("drivers/vfio/vfio_iommu_type1.c", "static int vfio_iommu_type1_dma_map_iopf(void *data,"),
  );
  expect(rfc.functions).toMatchObject([{ name: "vfio_iommu_type1_dma_map_iopf", modelled: "said" }]);
  expect(rfc.functions[0]!.uses.map(({ tree }) => tree)).toContain("RFC v3 patch 2");
});

test("of many files that no machine models the first are named, and the others counted", async () => {
  const many = Array.from({ length: 25 }, (_, k) => changing(`drivers/iommu/example${k}.c`, `int example${k}(void)`));
  const text = impactText(
    await impactOfPatch([changing("drivers/vfio/vfio_iommu_type1.c", "int foo(void)"), ...many].join("")),
  );
  expect(text).toContain("\n6 more files without a touched function that a machine models: --json has all.\n");
  expect(text.indexOf("vfio_iommu_type1.c: no machine models foo()")).toBeLessThan(text.indexOf("example0.c"));
});

/** A rename with one changed line in the function. */
const renaming = (from: string, to: string, heading: string): string =>
  `diff --git a/${from} b/${to}\nsimilarity index 95%\nrename from ${from}\nrename to ${to}\n${changing(to, heading).replace(`--- a/${to}`, `--- a/${from}`)}`;

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

test("a series says what each mail is, and what touches nothing", async () => {
  const text = impactText(await fixture("series.mbox"));
  expect(text).toContain("[PATCH 0/2] vfio, iommu: two examples: a cover letter without a diff: it touches nothing");
  expect(text).toContain("[PATCH 1/2] vfio/type1: return what was unlocked: 2 files");
  expect(text.replaceAll(/\n +/g, " ")).toContain(
    "Re: [PATCH 1/2] vfio/type1: return what was unlocked: quotes a patch and has no diff of its own: it touches nothing",
  );
  for (const name of ["reply.eml", "cover-letter.patch"])
    expect(firstLine(await fixture(name))).toBe("Nothing is touched: there is no diff here.");
});

test("a function that is named is looked up without a patch", () => {
  expect(firstLine(named("vfio_unmap_unpin"))).toBe("The function that you name is modelled: vfio_unmap_unpin().");
  expect(firstLine(named("vfio_unmap_unpin", "dmar_latency_update"))).toBe(
    "1 of the 2 functions that you name is modelled: vfio_unmap_unpin().",
  );
  expect(impactText(named("dmar_latency_update"))).toContain("no machine models it");
  // What names a function in its sentence comes with it, and not with another.
  const ids = (...names: readonly string[]) => named(...names).scenarios.map(({ id }) => id);
  expect(ids("vfio_dma_do_unmap")).toContain("unmap-reaches-its-bug-on");
  expect(ids("dmar_latency_update")).toEqual([]);
});
