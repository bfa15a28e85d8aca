/* device/prg-slot.ts, atc-entry.ts and pri-interface.ts, with what arrives at iommu/page-request-queue.ts and translation.ts
 * in the same step; and what the channels to a device deliver. */

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
