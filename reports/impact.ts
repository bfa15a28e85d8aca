/** What a patch touches of the model: as a record, which `faultline impact --json` prints, and as text. */

export type HowTouched = "changed" | "added" | "removed" | "declared" | "macro" | "data" | "asked";

/** A machine that speaks of a touched function. */
export interface FunctionUseRecord {
  /** Where the machine lies: "model/machines/linux/vfio/type1/page-release.ts". */
  readonly file: string;
  readonly machine: string;
  /** `named`: the text of its file names the function, and no part of it stands for the function. */
  readonly as: "machine" | "state" | "step" | "message" | "named";
  /** Of the state, the step or the message. */
  readonly name?: string;
  readonly text?: string;
  /** The kernel or the patch whose function it is: "Linux 6.12.117", "RFC v2 patch 3". */
  readonly tree?: string;
}

export interface TouchedFunctionRecord {
  readonly name: string;
  /** Where the patch has it; empty where no patch was given. */
  readonly file: string;
  readonly how: HowTouched;
  /** `said`: a machine stands for it; `named`: the text of a machine's file names it; `no`: neither. */
  readonly modelled: "said" | "named" | "no";
  /** What machines call it: the function that did its work in an older kernel. */
  readonly was?: string;
  /** The file that has it in the kernels which the machines stand for, where that is another one. */
  readonly readIn?: string;
  /** A newer kernel that was read has it in this file and no more in that one; or the patch renames the file. */
  readonly isMoved: boolean;
  /** Only older kernels have it in this file, and newer ones in that one. */
  readonly isEarlier: boolean;
  readonly uses: readonly FunctionUseRecord[];
}

export interface TouchedFileRecord {
  readonly file: string;
  readonly from?: string;
  readonly change: string;
  readonly isBinary: boolean;
  /** Of its diff; none where only the name or the mode of the file changes. */
  readonly hunks: number;
  /** Whether a list of the kernels that were read has the file. */
  readonly isListed: boolean;
  /** Functions of the file for which machines stand, whether the patch touches them or not. */
  readonly modelled: readonly string[];
  /** Functions of the file that only the text of a machine's file names. */
  readonly named: readonly string[];
  /** Types and variables that the patch changes outside of functions. */
  readonly data: readonly string[];
  /** Changed lines for which the diff names no function, and the labels of C that it shows in its place. */
  readonly unplaced: number;
  readonly labels: readonly string[];
}

export interface ImpactMachineRecord {
  readonly file: string;
  readonly machine: string;
  readonly text?: string;
  readonly systems: readonly string[];
}

/** Violations that the suite expects for one reason, in runs that have one of the machines. */
export interface KnownRecord {
  readonly system: string;
  /** Of a deliberate defect: the knobs that make it, "releaseOrder=unpin-before-wait". */
  readonly designs: readonly string[];
  readonly properties: readonly string[];
  readonly reason: string;
  /** Touched functions that the reason names. */
  readonly names: readonly string[];
  /** Of a deliberate defect: the knobs of `designs` that a machine of the patch reads. */
  readonly knobs: readonly string[];
  readonly command: string;
}

/** Commands that a text shows; --count counts the states of these. */
export const COMMANDS = 8;

/** A run of a command, as its options are written. */
export interface ImpactRun {
  readonly system: string;
  readonly hardware?: string;
  readonly design?: string;
  readonly bounds?: string;
  /** Each as "knob=value". */
  readonly set: readonly string[];
}

export interface ImpactCommand {
  readonly command: string;
  readonly why: string;
  /** What it searches: the explorer opens these. */
  readonly runs: readonly ImpactRun[];
  /** States that the command searches, where they were counted; undefined where it is more than `atLeast`. */
  readonly states?: number;
  readonly atLeast?: number;
}

export interface PatchRecord {
  readonly title: string;
  readonly kind: "diff" | "cover letter" | "quoted" | "no diff";
  readonly files: readonly string[];
  readonly damage: readonly string[];
}

export interface ImpactRecord {
  readonly schema: "faultline-impact/1";
  readonly patches: readonly PatchRecord[];
  readonly files: readonly TouchedFileRecord[];
  readonly functions: readonly TouchedFunctionRecord[];
  /** Functions that changed lines call or name, that the patch does not touch, and for which machines stand. */
  readonly calls: readonly { readonly name: string; readonly machines: readonly string[] }[];
  /** Machines that stand for touched functions; where there is none, those for the functions of `calls`. */
  readonly machines: readonly ImpactMachineRecord[];
  readonly properties: readonly {
    readonly id: string;
    readonly statement: string;
    /** Touched functions that it names, itself or where it comes from. */
    readonly names: readonly string[];
  }[];
  readonly knobs: readonly {
    readonly name: string;
    readonly sentence: string;
    readonly systems: readonly string[];
    readonly names: readonly string[];
  }[];
  readonly scenarios: readonly {
    readonly id: string;
    readonly question: string;
    readonly names: readonly string[];
    /** Knobs that its runs set and a machine of the patch reads or is ruled by. */
    readonly knobs: readonly string[];
  }[];
  readonly known: readonly KnownRecord[];
  /** Deliberate defects whose reason names a touched function, or that set a knob which a machine of the patch reads. */
  readonly defects: readonly KnownRecord[];
  /** By id, "B6": what the facts say that reasons, sentences and questions cite. */
  readonly sources: { readonly [id: string]: string };
  /** Closest to the touched functions first; of equally close ones the smallest first, or the cheapest where states were counted. */
  readonly commands: readonly ImpactCommand[];
}
