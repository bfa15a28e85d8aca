/* linux/vfio/iopf/fault-entry.ts, fault-worker.ts and fault-resolver.ts, with the pages, the account, the container and the
 * translations that they change, and linux/iommu/drivers/response-encoder.ts. */

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
