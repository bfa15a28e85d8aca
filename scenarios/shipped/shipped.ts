/** What is wrong in kernels that people run: a finding, what was read of it in which tree, and the run that shows it. */

/** What one tree does, and what was read there, by function. */
export interface InTree {
  /** "6.1.192", "6.12.117", or the commit of torvalds/linux that has the file that was read. */
  readonly tree: string;
  readonly state: "present" | "absent" | "fixed" | "unread";
  readonly read: string;
}

export interface Shipped {
  /** Never reused: "unmap-dma-deadlock". */
  readonly id: string;
  /** What happens, as one sentence without its full stop. */
  readonly title: string;
  readonly functions: readonly string[];
  readonly evidence: "booted kernel" | "model and source";
  /** 6.1.192, 6.12.117, and the newest tree that was read. */
  readonly trees: readonly [InTree, InTree, InTree];
  /** The commit and its subject; absent: not known to be fixed. */
  readonly fixedBy?: string;
  /** What has to be so for it to happen. */
  readonly conditions: string;
  /** The scenario whose run (from 0) violates the property. */
  readonly scenario: string;
  readonly run: number;
  readonly property: string;
  /** A report that could be sent; for everything that is not known to be fixed. */
  readonly mail?: { readonly subject: string; readonly body: string };
}
