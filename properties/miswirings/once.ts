/** Claims that one change alone breaks, each with the reason why no second one was found. */

export const ONCE: { readonly [id: string]: string } = {
  "ACC-11": "a dead mm is asked for pages in one place, and its knob leaves out the only test there",
  "LRU-6":
    "a victim is taken from the list of faulted-in pages, and a locked-down page is entered there by its knob only",
  "NST-27":
    "a walk marks an entry in one place, and its knob leaves out the only look there whether the mapping is writable",
  "TLB-3":
    "an ATC stores a completion in one place, and its knob decides there whether one that permits nothing is stored",
  "IFD-12":
    "the handler of an HWPT is given when the HWPT is made, and no step changes it; its knob decides about the parent",
  "STM-2":
    "only the sync of an invalidation makes a record stale, and its knob decides there between a retry and a stale record",
  "STM-14": "only a termination as RAZ/WI looks like a completion, and its knob decides that for each way to terminate",
  "TRD-11": "the steps of an exit are one list, and a wait among them is what its knob adds",
  "TRD-13":
    "the address space of a fault is looked up in one place, and its knob leaves out the only test whether it has exited",
  "PCL-12": "a slot that is not written yet can be read in one way, which its knob opens",
  "OBJ-15":
    "the descriptor is reserved by one step of a list and given back only at the end, so that only its place can be wrong",
  "PAS-14": "which groups a call answers is decided in one place, by attach handle, and its knob decides there",
  "IOC-8":
    "only the tombstone of a vDEVICE keeps its ID from another object, and nothing but its knob was found to remove it",
};
