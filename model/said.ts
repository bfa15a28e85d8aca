/**
 * How a machine says what its steps are in the real system. XState keeps it beside the rules, and no search looks at it:
 *
 *   description          of the machine, of each state, and of the transitions of each event that comes out of nowhere
 *   meta.origin          where it comes from; of the machine, and of a state or a transition that comes from elsewhere
 *   meta.lane            what one component is, with `{field}` for a field of its input
 *   meta.messages        what each emitted message says, with `{field}` for a field of the message
 *   meta.listed          on a transition that takes the next step of a list: its messages say which
 *
 * A phrase has no subject and no full stop: "unpins page {page}". `properties/said.prop.test.ts` finds what is missing.
 */
import type { Elsewhere, Origin, Words } from "../checker/said.ts";

export type { Origin } from "../checker/said.ts";

const inTrees = (trees: string, at: string, functions: readonly string[]): Origin => ({
  of: `Linux ${trees}`,
  at,
  functions,
});

/** Functions of a file that are the same in both kernels, as far as the model goes; the first one names the step. */
export const linux = (file: string, ...functions: readonly string[]): Origin =>
  inTrees("6.1.192 and 6.12.117", file, functions);
export const linux61 = (file: string, ...functions: readonly string[]): Origin => inTrees("6.1.192", file, functions);
export const linux612 = (file: string, ...functions: readonly string[]): Origin => inTrees("6.12.117", file, functions);

/** Functions of a kernel that is not listed whole, "6.16"; model/kernel/elsewhere.json lists those that were read. */
export const linuxAt = (version: string, file: string, ...functions: readonly string[]): Origin =>
  inTrees(version, file, functions);

/** Functions that a version of the RFC adds or changes, "v1 patch 2"; listed in model/kernel/elsewhere.json. */
export const rfc = (patch: string, ...functions: readonly string[]): Origin => ({ of: "RFC", at: patch, functions });

/** The same step of several drivers or trees: a field of the context, "rules.driver", tells which one names it. */
export const whereIs = (origin: Origin, field: string, is: Elsewhere["is"]): Origin => ({
  ...origin,
  where: { field, is },
});

/** Software of which no listed kernel has a version: it names no function. */
export const unmerged: Origin = { of: "No kernel that is listed", at: "" };

/** Documents by the name that the kernel's lists use for them. */
export const DOCUMENTS = {
  pcie: "PCIe Base Specification",
  vtd: "Intel VT-d",
  amd: "AMD IOMMU",
  smmu: "Arm SMMUv3",
  riscv: "RISC-V IOMMU",
  dsa: "Intel DSA",
} as const;

/** A clause, "10.4.1 (Page Request Message)". */
export const clause = (document: keyof typeof DOCUMENTS, at: string): Origin => ({ of: DOCUMENTS[document], at });

/** What the IOMMUs of several vendors do alike, with the clauses that say so: "VT-d 7.4, SMMUv3 8, RISC-V 3.7". */
export const iommus = (clauses: string): Origin => ({ of: "IOMMU", at: clauses });

/** What was proposed and is in no tree: "M5: a tracker of least recently mapped pages". */
export const proposal = (at: string): Origin => ({ of: "Proposal", at });

/** What somebody does whenever it likes: a program, a guest, a device. */
export const atWill = (who: string): Origin => ({ of: `At will: ${who}`, at: "" });

/** Messages of a machine, by type: the compiler asks for each. */
export const messages = <Emits extends { readonly type: string }>(words: {
  readonly [Type in Emits["type"]]: string | Words;
}): { readonly [type: string]: Words } =>
  Object.fromEntries(
    Object.entries<string | Words>(words).map(([type, said]) => [
      type,
      typeof said === "string" ? { says: said } : said,
    ]),
  );
