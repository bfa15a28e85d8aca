/** Keeps checkpoints of one search: when, where, and what happens when the disk is full. */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { BreadthFirst } from "../../checker/explore/search/breadth-first.ts";
import { resumeExhaustive, startExhaustive } from "../../checker/explore/exhaustive.ts";
import type { Limits } from "../../checker/explore/search/limits.ts";
import { Unlearnable } from "../../checker/kernel/known.ts";
import type { System } from "../../checker/system.ts";
import { count } from "../../reports/words.ts";
import { hold } from "../claim.ts";
import { UsageError } from "../errors.ts";
import type { CheckpointRequest, Watch } from "../ports.ts";
import { makeDirectory, reason } from "../write.ts";
import { disk as realDisk, partsIn, removeOthers, type Disk } from "./disk.ts";
import { MANIFEST, type About, type Manifest } from "./manifest.ts";
import { expectOf, readManifest, tablesOf } from "./reading.ts";
import { Writing } from "./writing.ts";

/** Checkpoints take at most one part in so many of the time, unless they are wanted at every moment. */
const SHARE = 20;

export class Keeper {
  /** What the search goes on from. */
  readonly #resumes: Manifest | undefined;
  readonly #request: CheckpointRequest;
  readonly #writing: Writing;
  readonly #watch: Watch;
  readonly #release: () => Promise<void>;
  /** Nothing is written before this moment. */
  #next: number;
  #isFailed = false;

  private constructor(
    request: CheckpointRequest,
    about: About,
    watch: Watch,
    resumes: Manifest | undefined,
    release: () => Promise<void>,
    disk: Disk,
  ) {
    this.#request = request;
    this.#watch = watch;
    this.#release = release;
    this.#resumes = resumes;
    this.#writing = new Writing(disk, request.directory, request.tool, about);
    this.#next = performance.now() + 1000 * request.seconds;
  }

  /** @throws UsageError when the directory cannot be used, or has no checkpoint of this run */
  static async begin(request: CheckpointRequest, about: About, watch: Watch, disk = realDisk): Promise<Keeper> {
    const { directory } = request;
    if (request.isResumed) {
      const manifest = readManifest(directory, request.tool);
      expectOf(directory, manifest, about);
      return new Keeper(request, about, watch, manifest, await hold(directory), disk);
    }
    const release = await claimed(directory, disk);
    return new Keeper(request, about, watch, undefined, release, disk);
  }

  /** The search that is kept: begun, or gone on with. @throws UsageError when its checkpoint is damaged */
  begun(system: System, limits: Limits): BreadthFirst {
    const search = this.#resumes ? this.#resumed(system, limits, this.#resumes) : startExhaustive(system, limits);
    search.beforeBound = () => this.keep(search);
    return search;
  }

  #resumed(system: System, limits: Limits, manifest: Manifest): BreadthFirst {
    const { directory } = this.#request;
    try {
      const search = resumeExhaustive(system, limits, tablesOf(directory, manifest));
      this.#writing.goOnFrom(manifest, search);
      return search;
    } catch (error) {
      if (!(error instanceof Unlearnable)) throw error;
      throw new UsageError(`the checkpoint in "${directory}" is of another model of this system: ${error.message}`);
    }
  }

  /** Between two slices of the search. */
  keepSometimes(search: BreadthFirst): void {
    if (performance.now() >= this.#next) this.#write(search);
  }

  /** When the search is to end before it is over. */
  keep(search: BreadthFirst): void {
    if (!this.#write(search)) return;
    const { directory } = this.#request;
    this.#watch.onNote?.(
      `the checkpoint in "${directory}" has ${count(search.store.count)} states; --resume goes on with it`,
    );
  }

  #write(search: BreadthFirst): boolean {
    if (this.#isFailed) return false;
    const before = performance.now();
    try {
      this.#writing.write(search);
    } catch (error) {
      this.#isFailed = true;
      this.#watch.onNote?.(
        `no checkpoint can be written to "${this.#request.directory}" any more: ${reason(error)}; the search goes on without`,
      );
      return false;
    }
    const now = performance.now();
    const { seconds } = this.#request;
    this.#next = seconds === 0 ? now : now + Math.max(1000 * seconds, SHARE * (now - before));
    return true;
  }

  async end(): Promise<void> {
    await this.#release();
  }
}

/** A directory of its own. What a search that was killed before its first checkpoint has left there is removed. */
async function claimed(directory: string, disk: Disk): Promise<() => Promise<void>> {
  try {
    await makeDirectory(directory);
    if (!(await stat(directory)).isDirectory()) throw new Error("it is no directory");
  } catch (error) {
    throw new UsageError(
      `no checkpoint can be written to "${directory}": ${reason(error)}.`,
      "a directory for --checkpoint",
    );
  }
  const release = await hold(directory);
  const names = disk.namesIn(directory);
  const parts = partsIn(disk, directory);
  if (names.includes(MANIFEST)) {
    await release();
    throw new UsageError(
      `there is a checkpoint in "${directory}" already.`,
      `--resume ${directory}, which goes on with it, or another directory`,
    );
  }
  const strange = names.filter(
    (name) => !parts.includes(name) && name !== `${MANIFEST}.new` && !name.startsWith(".faultline-"),
  );
  if (strange.length > 0) {
    await release();
    throw new UsageError(
      `"${join(directory, strange.sort()[0]!)}" is no part of a checkpoint.`,
      "an empty directory for --checkpoint",
    );
  }
  removeOthers(disk, directory, new Set());
  return release;
}
