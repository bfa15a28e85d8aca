/* The variables of the machines, file by file below model/machines, and the names of their states. */

/* device/prg-slot.ts */
#define S_IDLE 0
#define S_DECIDING 1
#define S_TRANSLATING 2
#define S_ACCESSING 3
#define S_REQUESTING 4
#define S_WAITING 5
#define S_CONFUSED 6
#define OPEN 1
#define FREE 2
#define EARLIER 3
byte slot[NSLOTS];
byte page1[NSLOTS], page2[NSLOTS]; /* page + 1; 0: none */
byte sent[NSLOTS], instance[NSLOTS], unexpected[NSLOTS];

/* device/pri-interface.ts: credits in use */
byte taken[DEVICES];

/* device/atc-entry.ts */
bit valid[DEVICES * PAGES];
byte users[DEVICES * PAGES], requested[DEVICES * PAGES];

/* iommu/translation.ts */
bit present[PAGES], cached[PAGES];

/* What is posted to a device, and the command queue in memory. */
chan completions[DEVICES] = [SLOTS] of { byte /* slot */, byte /* page */, bit /* present */ };
chan responses[DEVICES] = [SLOTS] of { byte /* group index */, byte /* code */, byte /* instance */, bit /* by hardware */ };
chan commands = [COMMANDS] of { byte /* device */, byte /* group index */, byte /* instance */ };

/* iommu/page-request-queue.ts */
#define ACCEPTING 0
#define OVERFLOWED 1
#define HALTED 2
byte prq;
bit pending;
byte unpublished;
chan ring = [USABLE] of { byte /* device */, byte /* group index */, byte /* page */, bit /* last */, byte /* instance */ };

/* linux/iommu/drivers/prq-thread.ts */
#define T_IDLE 0
#define T_PEEKING 1
#define T_WOKEN 2
#define T_SIZING 3
#define T_READING 4
#define T_REPORTING 5
#define T_PUBLISHING 6
#define T_CHECKING 7
#define T_DISCARDING 8
#define T_DISCARDS 9
#define T_CLEARING 10
byte thread;
bit again, saw;
byte left;

/* linux/iommu/io-pgfault/6.12/reporter.ts */
#define R_IDLE 0
#define R_ENTERED 1
#define R_FOUND 2
#define R_PARTIAL 3
#define R_PUSHING 4
#define R_PUTTING 5
#define R_LAST 6
#define R_COLLECTING 7
#define R_BUILT 8
byte reporter;
byte f_device, f_index, f_page, f_instance; /* the fault */
bit f_last;
byte r_group;

/* linux/iommu/io-pgfault/6.12/fault-param.ts, and iopf-queue.ts: devices whose partial faults are still to be discarded */
#define PENDING 1
#define ANSWERED 2
bit referenced[DEVICES];
chan partial[DEVICES] = [PARTIALS] of { byte /* group index */, byte /* page */, byte /* instance */ };
chan arrived[DEVICES] = [GROUPS] of { byte /* pending group */ };
byte place[NGROUPS], index[NGROUPS], lastof[NGROUPS]; /* lastof: the instance of the last member */
chan members[NGROUPS] = [PARTIALS + 1] of { byte /* page */, byte /* instance */ };
byte remaining;
bit queued[NGROUPS], running[NGROUPS];

/* linux/vfio/iopf/fault-entry.ts: groups by device * GROUPS + group, in order of delivery */
chan waiting = [NGROUPS] of { byte };

/* linux/vfio/iopf/fault-worker.ts */
#define W_IDLE 0
#define W_RESOLVING 1
#define W_RESPONDING 2
#define W_FREEING 3
byte worker, w_group;

/* linux/vfio/iopf/fault-resolver.ts */
#define V_IDLE 0
#define V_LOCKING 1
#define V_FINDING 2
#define V_PINNING 3
#define V_CHARGING 4
#define V_MAPPING 5
#define V_MARKING 6
#define V_FINISHING 7
byte resolver;
byte wanted[PAGES]; /* page + 1 */
byte wants, resolved;

/* linux/lib/mutex.ts, linux/vfio/type1/container.ts, linux/mm */
bit locked;
chan mapped = [PAGES] of { byte };
byte pins[PAGES];
byte charged;

/* Of a step alone. */
byte a, b, c, e;
bit last, hard;
