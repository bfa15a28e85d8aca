/** What is wrong in kernels that people run: a finding, what was read of it in which tree, and the run that shows it. */

/** What one tree does, and what was read there, by function. */
export interface InTree {
  /** "6.1.192", "6.12.117" or "7.3.4": trees with a list of functions. */
  readonly tree: string;
  /** `rewritten`: what it was about is done in another way there; `read` says which, and what is open in it. */
  readonly state: "present" | "absent" | "fixed" | "rewritten";
  readonly read: string;
}

/** What the newest tree does. */
export const newest = (state: InTree["state"], read: string): InTree => ({ tree: "7.3.4", state, read });

export interface Shipped {
  /** Never reused: "unmap-dma-deadlock". */
  readonly id: string;
  /** What happens, as one sentence without its full stop. */
  readonly title: string;
  readonly functions: readonly string[];
  readonly evidence: "booted kernel" | "model and source";
  /** 6.1.192, 6.12.117, and 7.3.4, the newest tree that was read. */
  readonly trees: readonly [InTree, InTree, InTree];
  /** Behind "fixed": "by 2b48f52f2bff (its subject)", "in 7.3.4: what a function does"; absent: not known to be fixed. */
  readonly fixed?: string;
  /** What has to be so for it to happen. */
  readonly conditions: string;
  /** The scenario whose run (from 0) violates the property. */
  readonly scenario: string;
  readonly run: number;
  readonly property: string;
  /** A report that could be sent; for everything that is not known to be fixed. */
  readonly mail?: { readonly subject: string; readonly body: string };
}
