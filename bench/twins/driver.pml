/* linux/iommu/drivers/prq-thread.ts: the steps of the thread, with the registers of iommu/page-request-queue.ts that it reads
 * and writes, and linux/iommu/io-pgfault/6.12/iopf-queue.ts: iopf_queue_discard_partial(). */

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
