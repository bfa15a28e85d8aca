/**
 * Lets many modules work in one memory, one after the other, for tests that search hundreds of small systems in the module. For each
 * new memory of 4 GiB, V8 first collects all garbage of the process.
 */
import { AREA } from "../explore/search/wasm/memory-map.ts";

interface Memory {
  readonly buffer: ArrayBuffer;
}

declare const WebAssembly: {
  readonly Memory: new (pages: { readonly initial: number }) => Memory;
  readonly Module: unknown;
  readonly Instance: unknown;
};

/** Bytes at the beginning of each table that are cleared. A small search writes no others, and reads no state that it did not write. */
const CLEARED = 1 << 20;

/** The global `WebAssembly`, whose memories are one, cleared each time. A search that finds what another left goes wrong. */
export function withOneMemory(): object {
  const { Memory, Module, Instance } = WebAssembly;
  let memory: Memory | undefined;
  return {
    Module,
    Instance,
    Memory: function cleared(pages: { readonly initial: number }): Memory {
      memory ??= new Memory(pages);
      const bytes = new Uint8Array(memory.buffer);
      bytes.fill(0, 0, AREA.ANSWERS);
      for (const at of [AREA.ANSWERS, AREA.HEADS, AREA.LEAVES, AREA.CELLS, AREA.INDEX]) bytes.fill(0, at, at + CLEARED);
      return memory;
    },
  };
}
