/* The system pri-overflow with the design rfc-v1-on-groups, written a second time by hand, in Promela: from reading
 * the machines below model/machines and the wiring in model/systems. It is used only to compare numbers of states.
 *
 * One option of a process is one step of the system. Each is a d_step, so that SPIN stores no state within a step. What a
 * machine sends in a call happens inside the d_step; what it puts into a channel of the system is put into a chan. Where a
 * chan is full, the whole step is not possible. Variables of a step alone are 0 between steps.
 *
 * Left out, because another variable or a constant of the run tells it: what never changes without DMA_UNMAP and
 * reclaim (vmm, release, handles, regions, pri-interface's state, invalidations); the pages of the worker and the members in
 * reporter and handler (they are those of the group); the frame, the domain and the PASID.
 *
 * Sizes and knobs are set with -D; settings.ts says which, and refuses a value that has no rule here.
 */
#define PER_DEVICE(x) ((x) / SLOTS)
#define NSLOTS (DEVICES * SLOTS)
#define GROUPS (SLOTS + 1)
#define NGROUPS (DEVICES * GROUPS)
/* Most partial faults of a device; one more is an error of pan ("block in d_step"). */
#define PARTIALS 4

#define SUCCESS 1
#define INVALID 2

/* Numbers of processes follow this order. */
#include "state.pml"
#include "thread.pml"
#include "device.pml"
#include "driver.pml"
#include "core.pml"
#include "vfio.pml"
