/** What is done to files of a checkpoint, so that a test can let any of it fail. */
import { closeSync, fsyncSync, openSync, readdirSync, renameSync, rmSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";

export interface Disk {
  /** Writes the pieces from the position on, and waits until the disk has them. The file is made at position 0. */
  readonly write: (path: string, position: number, pieces: Iterable<Uint8Array>) => void;
  /** Gives the file its name, in the place of the one that has it. */
  readonly rename: (from: string, to: string) => void;
  readonly remove: (path: string) => void;
  readonly namesIn: (directory: string) => readonly string[];
}

/** Waits until the disk has the names in the directory. Some file systems cannot be asked. */
function settle(directory: string): void {
  let file: number;
  try {
    file = openSync(directory, "r");
  } catch {
    return;
  }
  try {
    fsyncSync(file);
  } catch {
    // It keeps its names in its own time.
  } finally {
    closeSync(file);
  }
}

export const disk: Disk = {
  write: (path, position, pieces) => {
    const file = openSync(path, position === 0 ? "w" : "r+");
    try {
      let at = position;
      for (const piece of pieces)
        for (let from = 0; from < piece.length;) {
          const written = writeSync(file, piece, from, piece.length - from, at);
          from += written;
          at += written;
        }
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  },
  rename: (from, to) => {
    renameSync(from, to);
    settle(dirname(to));
  },
  remove: (path) => rmSync(path, { force: true }),
  namesIn: (directory) => readdirSync(directory),
};

/** The names in the directory that files of a checkpoint have. */
export const partsIn = ({ namesIn }: Disk, directory: string): readonly string[] =>
  namesIn(directory).filter((name) => /^[a-z-]+\.\d+\.bin$/.test(name));

/** Removes those that nothing names; what cannot be removed does no harm. */
export function removeOthers(on: Disk, directory: string, named: ReadonlySet<string>): void {
  for (const name of partsIn(on, directory)) {
    if (named.has(name)) continue;
    try {
      on.remove(join(directory, name));
    } catch {
      // The next checkpoint tries again.
    }
  }
}
