/** The module, with the memory that it works on. */
import { BUILT } from "./built.ts";

/** What is used of what every host of JavaScript provides, and the types of none of them declare. */
declare const WebAssembly: {
  readonly Memory: new (pages: { readonly initial: number; readonly maximum: number }) => {
    readonly buffer: ArrayBuffer;
  };
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: object };
};

interface Exports {
  /** Expands states before `until`; returns one of `REASON`. */
  readonly run: (until: number) => number;
  readonly flush: () => void;
  readonly reindex: (size: number) => void;
}

export interface Instance extends Exports {
  readonly buffer: ArrayBuffer;
}

/** Pages of 64 KiB: 4 GiB, or what can be had. All is reserved at once, so that nothing moves; what is not written takes no memory. */
const PAGES = [65_536, 32_768, 16_384];

let module: object | undefined;

/** An instance with a memory of its own, or undefined where there is none to be had. */
export function newInstance(): Instance | undefined {
  if (typeof WebAssembly === "undefined") return undefined;
  for (const pages of PAGES) {
    try {
      const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
      module ??= new WebAssembly.Module(Uint8Array.from(atob(BUILT), (letter) => letter.charCodeAt(0)));
      const { exports } = new WebAssembly.Instance(module, { search: { memory } });
      return { ...(exports as Exports), buffer: memory.buffer };
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
    }
  }
  return undefined;
}
