/* The system pri-overflow with the design rfc-v1-on-groups, written a second time by hand, in Promela: from the machines below
 * model/machines and the wiring in model/systems, to compare the numbers of distinct states. Only that comparison uses it.
 *
 * One option of a process is one step of the system. Each is a d_step, so that SPIN stores no state within a step. What a
 * machine sends in a call happens inside the d_step; what it puts into a channel of the system is put into a chan. Where a
 * chan is full, the whole step is not possible. Variables of a step alone are 0 between steps.
 *
 * Left out, because another variable or a constant of the run tells it: what never changes without DMA_UNMAP and
 * reclaim (vmm, release, handles, regions, pri-interface's state, invalidations); the pages of the worker and the members in
 * reporter and handler (they are those of the group); the frame, the domain and the PASID.
 *
 * Sizes and knobs are set with -D; twins.ts says which. A value without a rule here is refused there.
 */
#define PER_DEVICE(x) ((x) / SLOTS)
#define NSLOTS (DEVICES * SLOTS)
#define GROUPS (SLOTS + 1)
#define NGROUPS (DEVICES * GROUPS)
/* Most partial faults of a device; one more is an error of pan ("block in d_step"). */
#define PARTIALS 4

#define SUCCESS 1
#define INVALID 2

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

#if LOOKS_FIRST
#define WAKES T_PEEKING
#else
#define WAKES T_WOKEN
#endif

inline interrupts() { if :: thread == T_IDLE -> thread = WAKES :: else -> again = 1 fi }

/* The eventless transitions of the thread. */
inline t_done() { if :: again -> again = 0; thread = WAKES :: else -> thread = T_IDLE fi }
inline t_handled() {
  if
  :: saw && DISCARDS -> thread = T_DISCARDING
  :: else ->
    if
    :: LOOKS_FIRST && saw -> thread = T_CLEARING
    :: LOOKS_FIRST && !saw && REREADS -> thread = T_PEEKING
    :: LOOKS_FIRST && !saw && !REREADS -> t_done()
    :: !LOOKS_FIRST -> thread = T_CHECKING
    fi
  fi
}
inline t_emptied() { if :: HEAD_BATCH -> thread = T_PUBLISHING :: else -> t_handled() fi }
inline t_reads() { if :: TAIL_ONCE && left == 0 -> t_emptied() :: else -> thread = T_READING fi }
inline t_reported() { if :: left > 0 -> left-- :: else fi; t_reads() }
inline r_returns() {
  reporter = R_IDLE; f_device = 0; f_index = 0; f_page = 0; f_instance = 0; f_last = 0; r_group = 0;
  t_reported()
}

/* A page request is dropped in these states of the queue. */
#define NO_ROOM (len(ring) + unpublished >= USABLE)
#define DROPS (prq == HALTED || (prq == OVERFLOWED && OVF_INHIBITS) || NO_ROOM)
#define IS_LAST(k) (page2[k] == 0 || sent[k] == 1)
#define MAY_ANSWER(k) (!(DROPS && IS_LAST(k) && OVF_RESPONSE) || nfull(responses[PER_DEVICE(k)]))
#define HAS_CREDITS(k) (sent[k] > 0 || taken[PER_DEVICE(k)] + 1 + (page2[k] != 0) <= CREDITS)

inline requests(k) {
  last = IS_LAST(k);
  a = (sent[k] == 0 -> page1[k] : page2[k]) - 1;
  if :: sent[k] == 0 -> taken[PER_DEVICE(k)] = taken[PER_DEVICE(k)] + 1 + (page2[k] != 0) :: else fi;
  if
  :: DROPS ->
    if
    :: prq == ACCEPTING ->
      prq = OVERFLOWED;
      if :: !pending -> interrupts() :: else fi;
      pending = pending || ERROR_LATCH
    :: else
    fi;
    if :: last && OVF_RESPONSE -> responses[PER_DEVICE(k)]!(k) % SLOTS, OVF_RESPONSE, instance[k], 1 :: else fi
  :: else ->
    if :: IMPLICIT_INVALIDATION -> cached[a] = 0 :: else fi;
    if :: prq == ACCEPTING && !pending -> interrupts() :: else fi;
    ring!PER_DEVICE(k), (k) % SLOTS, a, last, instance[k];
    pending = 1
  fi;
  sent[k]++;
  if :: last -> slot[k] = S_WAITING :: else fi;
  a = 0; last = 0
}

inline answered(k) {
  taken[PER_DEVICE(k)] = taken[PER_DEVICE(k)] - sent[k];
  sent[k] = 0;
  instance[k] = (instance[k] + 1) % INSTANCES
}

#define STARTS(p, q) :: d_step { slot[_pid] == S_IDLE -> slot[_pid] = S_DECIDING; page1[_pid] = p + 1; page2[_pid] = q + 1 }
#define NONE (-1)
#define ATC(k) (PER_DEVICE(k) * PAGES + page1[k] - 1)

active [NSLOTS] proctype slots() {
  do
  STARTS(0, NONE)
#if PAGES > 1
  STARTS(1, NONE)
#endif
#if PAGES > 2
  STARTS(2, NONE)
#endif
#if PAGES > 3
  STARTS(3, NONE)
#endif
#if ITEM_PAGES > 1
  STARTS(0, 1) STARTS(1, 0)
#if PAGES > 2
  STARTS(0, 2) STARTS(1, 2) STARTS(2, 0) STARTS(2, 1)
#endif
#if PAGES > 3
  STARTS(0, 3) STARTS(1, 3) STARTS(2, 3) STARTS(3, 0) STARTS(3, 1) STARTS(3, 2)
#endif
#endif
  :: d_step { slot[_pid] == S_DECIDING && valid[ATC(_pid)] -> users[ATC(_pid)]++; slot[_pid] = S_ACCESSING }
  :: d_step { slot[_pid] == S_DECIDING && !valid[ATC(_pid)] && nfull(completions[PER_DEVICE(_pid)]) ->
      requested[ATC(_pid)]++;
      a = page1[_pid] - 1;
      cached[a] = cached[a] || present[a];
      completions[PER_DEVICE(_pid)]!_pid % SLOTS, a, cached[a];
      slot[_pid] = S_TRANSLATING;
      a = 0 }
  :: d_step { slot[_pid] == S_REQUESTING && HAS_CREDITS(_pid) && MAY_ANSWER(_pid) -> requests(_pid) }
  :: d_step { slot[_pid] == S_ACCESSING ->
      users[ATC(_pid)]--;
      page1[_pid] = page2[_pid];
      page2[_pid] = 0;
      slot[_pid] = (page1[_pid] == 0 -> S_IDLE : S_DECIDING) }
  od
}

/* What is delivered to one device. */
#define ME (_pid - NSLOTS)
active [DEVICES] proctype deliveries() {
  do
  :: d_step { nempty(completions[ME]) ->
      completions[ME]?a, b, hard;
      requested[ME * PAGES + b]--;
      if :: hard -> valid[ME * PAGES + b] = 1; users[ME * PAGES + b]++ :: else fi;
      a = ME * SLOTS + a;
      if
      :: slot[a] == S_TRANSLATING -> slot[a] = (hard -> S_ACCESSING : S_REQUESTING)
      :: else -> assert(slot[a] == S_CONFUSED)
      fi;
      a = 0; b = 0; hard = 0 }
  :: d_step { nempty(responses[ME]) ->
      responses[ME]?a, b, c, hard;
      a = ME * SLOTS + a;
      if
      :: slot[a] == S_REQUESTING -> slot[a] = S_CONFUSED; unexpected[a] = OPEN
      :: slot[a] == S_WAITING && c != instance[a] -> slot[a] = S_CONFUSED; unexpected[a] = EARLIER
      :: slot[a] == S_WAITING && c == instance[a] && b == SUCCESS -> answered(a); slot[a] = S_DECIDING
      :: slot[a] == S_WAITING && c == instance[a] && b == INVALID ->
        answered(a); page1[a] = 0; page2[a] = 0; slot[a] = S_IDLE
      :: else -> slot[a] = S_CONFUSED; unexpected[a] = FREE
      fi;
      a = 0; b = 0; c = 0; hard = 0 }
  :: d_step { commands?[eval(ME), b, c] && nfull(responses[ME]) ->
      commands?a, b, c;
      responses[ME]!b, SUCCESS, c, 0;
      a = 0; b = 0; c = 0 }
  od
}

active proctype driver() {
  do
#if LOSSY
  :: d_step { !pending && len(ring) > 0 -> pending = 1 }
#endif
  :: d_step { thread == T_PEEKING ->
      if
      :: pending || prq == OVERFLOWED -> saw = (prq == OVERFLOWED); thread = T_WOKEN
      :: else -> t_done()
      fi }
  :: d_step { thread == T_WOKEN ->
      if :: TAIL_ONCE -> thread = T_SIZING :: else -> thread = T_READING fi;
      if
      :: prq == OVERFLOWED && LOOKS_FIRST && (CLEARS_BOTH || saw) -> prq = HALTED; pending = 0
      :: prq == OVERFLOWED && !(LOOKS_FIRST && (CLEARS_BOTH || saw)) ->
        pending = ERROR_LATCH;
        if :: ERROR_LATCH -> interrupts() :: else fi
      :: else -> pending = 0
      fi }
  :: d_step { thread == T_SIZING -> left = len(ring); t_reads() }
  :: d_step { thread == T_READING && empty(ring) -> t_emptied() }
  :: d_step { thread == T_READING && nempty(ring) ->
      ring?f_device, f_index, f_page, f_last, f_instance;
      if :: HEAD_BATCH -> unpublished++ :: else fi;
      thread = T_REPORTING;
      reporter = R_ENTERED }
  :: d_step { thread == T_PUBLISHING -> unpublished = 0; t_handled() }
  :: d_step { thread == T_CHECKING ->
      if
      :: prq != OVERFLOWED && REREADS && pending -> thread = T_WOKEN
      :: prq != OVERFLOWED && !(REREADS && pending) -> t_done()
      :: prq == OVERFLOWED && DRAINS_FIRST && len(ring) + unpublished > 0 ->
        if :: TAIL_ONCE -> t_done() :: else -> t_reads() fi
      :: prq == OVERFLOWED && !(DRAINS_FIRST && len(ring) + unpublished > 0) ->
        if :: DISCARDS -> thread = T_DISCARDING :: else -> thread = T_CLEARING fi
      fi }
  :: d_step { thread == T_DISCARDING -> remaining = DEVICES; thread = T_DISCARDS }
  :: d_step { remaining > 0 ->
      remaining--;
      do :: nempty(partial[remaining]) -> partial[remaining]?a, b, c :: empty(partial[remaining]) -> break od;
      if :: remaining == 0 -> assert(thread == T_DISCARDS); thread = T_CLEARING :: else fi;
      a = 0; b = 0; c = 0 }
  :: d_step { thread == T_CLEARING ->
      prq = ACCEPTING;
      saw = 0;
      if
      :: REREADS && LOOKS_FIRST -> thread = T_PEEKING
      :: REREADS && !LOOKS_FIRST -> thread = T_CHECKING
      :: else -> t_done()
      fi }
  od
}

active proctype reports() {
  do
  :: d_step { reporter == R_ENTERED -> reporter = R_FOUND }
  :: d_step { reporter == R_FOUND && !referenced[f_device] ->
      referenced[f_device] = 1;
      reporter = (f_last -> R_LAST : R_PARTIAL) }
  :: d_step { reporter == R_PARTIAL -> reporter = R_PUSHING }
  :: d_step { reporter == R_PUSHING -> partial[f_device]!f_index, f_page, f_instance; reporter = R_PUTTING }
  :: d_step { reporter == R_PUTTING -> referenced[f_device] = 0; r_returns() }
  :: d_step { reporter == R_LAST -> reporter = R_COLLECTING }
  :: d_step { reporter == R_COLLECTING ->
      do :: place[f_device * GROUPS + r_group] != 0 -> r_group++; assert(r_group < GROUPS) :: else -> break od;
      a = f_device * GROUPS + r_group;
      place[a] = PENDING;
      index[a] = f_index;
      lastof[a] = f_instance;
      arrived[f_device]!r_group;
      do
      :: partial[f_device]??[eval(f_index), b, c] -> partial[f_device]??eval(f_index), b, c; members[a]!b, c
      :: else -> break
      od;
      members[a]!f_page, f_instance;
      referenced[f_device] = 0;
      reporter = R_BUILT;
      a = 0; b = 0; c = 0 }
  :: d_step { reporter == R_BUILT ->
      a = f_device * GROUPS + r_group;
      waiting!a;
      queued[a] = 1;
      r_returns();
      a = 0 }
  od
}

/* The worker takes any group that waits: one process for each that it may be. */
#define MINE (_pid - NSLOTS - DEVICES - 2)
active [NGROUPS] proctype takes() {
  do
  :: d_step { worker == W_IDLE && queued[MINE] && waiting??[eval(MINE)] ->
      waiting??eval(MINE);
      queued[MINE] = 0;
      running[MINE] = 1;
      w_group = MINE;
      worker = W_RESOLVING;
      assert(resolver == V_IDLE);
      resolver = V_LOCKING;
      /* Each page once, in the order of the members, which stay as they are. */
      a = len(members[MINE]);
      do
      :: a > 0 ->
        members[MINE]?b, c;
        members[MINE]!b, c;
        e = 0;
        do :: e < wants && wanted[e] != b + 1 -> e++ :: else -> break od;
        if :: e == wants -> wanted[wants] = b + 1; wants++ :: else fi;
        a--
      :: else -> break
      od;
      a = 0; b = 0; c = 0; e = 0 }
  od
}

#define CURRENT (wanted[resolved] - 1)
inline v_next() {
  resolved++;
  if :: resolved == wants -> resolver = V_FINISHING :: else -> resolver = V_FINDING fi
}
active proctype resolves() {
  do
  :: d_step { resolver == V_LOCKING && !locked -> locked = 1; resolver = V_FINDING }
  :: d_step { resolver == V_FINDING ->
      a = CURRENT;
      if :: mapped??[eval(a)] -> v_next() :: else -> resolver = V_PINNING fi;
      a = 0 }
  :: d_step { resolver == V_PINNING -> pins[CURRENT]++; resolver = V_CHARGING }
  :: d_step { resolver == V_CHARGING -> assert(charged < PAGES); charged++; resolver = V_MAPPING }
  :: d_step { resolver == V_MAPPING -> present[CURRENT] = 1; resolver = V_MARKING }
  :: d_step { resolver == V_MARKING -> a = CURRENT; mapped!a; v_next(); a = 0 }
  :: d_step { resolver == V_FINISHING ->
      locked = 0;
      worker = W_RESPONDING;
      do :: wants > 0 -> wants--; wanted[wants] = 0 :: else -> break od;
      resolved = 0;
      resolver = V_IDLE }
  :: d_step { worker == W_RESPONDING && nfull(commands) ->
      a = w_group / GROUPS;
      b = w_group % GROUPS;
      arrived[a]??eval(b);
      place[w_group] = ANSWERED;
      commands!a, index[w_group], lastof[w_group];
      worker = W_FREEING;
      a = 0; b = 0 }
  :: d_step { worker == W_FREEING ->
      do :: nempty(members[w_group]) -> members[w_group]?a, b :: empty(members[w_group]) -> break od;
      place[w_group] = 0;
      index[w_group] = 0;
      lastof[w_group] = 0;
      running[w_group] = 0;
      w_group = 0;
      worker = W_IDLE;
      a = 0; b = 0 }
  od
}
