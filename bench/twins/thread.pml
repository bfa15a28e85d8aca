/* linux/iommu/drivers/prq-thread.ts: what the thread does when it is interrupted, and its eventless transitions. */

#if LOOKS_FIRST
#define WAKES T_PEEKING
#else
#define WAKES T_WOKEN
#endif

inline interrupts() { if :: thread == T_IDLE -> thread = WAKES :: else -> again = 1 fi }

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
