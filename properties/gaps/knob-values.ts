/** Values of knobs that no run of the suite is built with, and no deliberate defect. */
import type { Json } from "../../checker/json.ts";

export interface KnobExcuse {
  readonly reason: string;
  readonly values: { readonly [knob: string]: readonly Json[] };
}

/** Of these there is a question: scenarios/questions searches it. */
export const asked: KnobExcuse = {
  reason: "a question has it (faultline scenarios), and the suite holds the designs that ship or were proposed",
  values: {
    limitLevel: ["30", "50", "70", "unlimited"],
    premap: ["pages"],
    itemAccess: ["in-turn"],
    enableAfterMap: ["refused"],
    firstDevice: ["selective"],
    secondDevice: ["selective"],
    faultTolerance: ["none", "all"],
    tableEntry: ["missing"],
    selectivePhase: [false],
    mediatorPlace: ["mdev-wrapper"],
    lockdownOverLimit: ["refuse"],
    writesZero: [true],
    happens: ["frees"],
    partialsAtRemoval: ["emptied", "by-last-put"],
    abortGroup: ["unlinked"],
    deviceWithoutAts: ["completes"],
    recordReads: [false],
    deviceUnbinds: [false],
    memoryLayout: ["ram"],
    against: ["unmap-unpinned"],
  },
};

/** These are searched one at a time, beside the presets of the suite. */
export const alone: KnobExcuse = {
  reason: "no preset has it; npm run reference sets it by itself, and compares the search with the reference explorer",
  values: {
    pasidAttach: ["ats-first", "flag-last", "never-listed"],
    pasidDetach: ["atc-kept", "never-unlisted"],
    ovfLastResponse: ["invalid"],
    offLastResponse: ["success"],
    cfgErrResponse: ["success"],
    priOffResponse: ["success"],
    memFaultResponse: ["success"],
    ats: ["split"],
    stages: ["s1", "s2"],
    priSharedPFVF: [false],
    irqModel: ["level"],
    groups: ["mdev"],
    firstDevice: ["none"],
    driverRefusal: ["success"],
    failureCode: ["invalid"],
    creationFails: [false],
    rangeUnit: ["half"],
    reservedWindow: ["second"],
  },
};

/** What a queue does with a request of its own accord. */
const ofAnswers: KnobExcuse = {
  reason: "no preset has it, and only a queue that answers a request itself looks at it",
  values: { autoRespPasid: ["none"], stopMarker: ["none"] },
};

export const knobExcuses: readonly KnobExcuse[] = [asked, alone, ofAnswers];
