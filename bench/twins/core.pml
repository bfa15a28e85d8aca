/* linux/iommu/io-pgfault/6.12/reporter.ts and fault-param.ts: the thread inside iommu_report_device_fault(). */

inline r_returns() {
  reporter = R_IDLE; f_device = 0; f_index = 0; f_page = 0; f_instance = 0; f_last = 0; r_group = 0;
  t_reported()
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
