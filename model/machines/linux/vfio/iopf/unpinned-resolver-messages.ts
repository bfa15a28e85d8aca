/** What a resolver without lasting pins is told, and what it says. */
import type { MmEvent } from "../../mm/notifier/address-space.ts";

export type UnpinnedResolverStep =
  "samples" | "gets" | "locks" | "looks" | "finds" | "compares" | "maps" | "marks" | "puts" | "unlocks" | "wakes";

export type UnpinnedResolverEvent =
  /** The first page is resolved; `write`: whether for writing, which is the default. */
  | { readonly type: "resolver.starts"; readonly pages: readonly number[]; readonly write?: boolean }
  | { readonly type: `resolver.${UnpinnedResolverStep}` }
  /** get_user_pages() finds no free memory and reclaims this page first. */
  | { readonly type: "resolver.reclaims"; readonly page: number }
  | { readonly type: "operation.done" }
  | { readonly type: "container.found"; readonly linked: boolean; readonly mapped: boolean }
  | { readonly type: "vaddr.read"; readonly invalid: boolean }
  /** Nobody can get the page any more; it is to be copied before it is written. */
  | { readonly type: "mm.failed" | "mm.shared" }
  | { readonly type: "mm.sampled" }
  | { readonly type: "mm.got"; readonly frame: 0 | 1 }
  | { readonly type: "mm.compared"; readonly changed: boolean };

export type UnpinnedResolverEmits =
  | { readonly type: "lock.acquires" | "lock.releases"; readonly owner: string }
  | { readonly type: "container.finds"; readonly by: string; readonly page: number }
  | { readonly type: "container.marks"; readonly page: number }
  | { readonly type: "vaddr.reads" | "vaddr.awaits"; readonly by: string }
  | { readonly type: "mm.samples" | "mm.compares"; readonly by: string; readonly page: number }
  | {
      readonly type: "mm.gets";
      readonly by: string;
      readonly page: number;
      readonly write: boolean;
      /** Whether the page is pinned until `mm.puts`. */
      readonly pins: boolean;
      /** Whether a process that is gone is noticed. */
      readonly checks: boolean;
    }
  | { readonly type: "mm.puts"; readonly page: number }
  | { readonly type: "translation.maps"; readonly page: number; readonly domain: number; readonly frame: number }
  | {
      readonly type: "operation.starts";
      readonly kind: MmEvent;
      readonly pages: readonly number[];
      readonly by: string;
    }
  | { readonly type: "resolver.done"; readonly by: string; readonly code: "success" | "invalid" };
