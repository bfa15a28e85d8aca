/** The catalogue: every property, once, by family. A new family is a file here and a line below. */
import type { Property } from "../../checker/property.ts";
import { acc } from "./accounting/claims.ts";
import { drt } from "./dirty-log.ts";
import { cmd } from "./page-fault/command-queue.ts";
import { con } from "./two-consumers.ts";
import { crd } from "./page-fault/credits.ts";
import { grp } from "./page-fault/request-groups.ts";
import { lck } from "./page-fault/locks.ts";
import { lfc } from "./rfc/claims.ts";
import { liv } from "./page-fault/liveness.ts";
import { lruFamily } from "./lru-limit/claims.ts";
import { map } from "./page-fault/mappings.ts";
import { mem } from "./page-fault/memory.ts";
import { nst } from "./nested/claims.ts";
import { mmx } from "./mm-events.ts";
import { ntf } from "./page-fault/notifiers.ts";
import { pin } from "./page-fault/pins.ts";
import { pol } from "./policies.ts";
import { prqFamily } from "./page-fault/page-request-queue.ts";
import { ref } from "./lifetimes.ts";
import { rsp } from "./page-fault/responses.ts";
import { safe } from "./page-fault/safety.ts";
import { sel } from "./selective/claims.ts";
import { stl } from "./page-fault/stalled-transactions.ts";
import { tlb } from "./translation-caches.ts";
import { ifd } from "./iommufd/claims.ts";
import { stm } from "./stalls.ts";
import { pcl } from "./pri-control/claims.ts";
import { trd } from "./teardown/claims.ts";
import { att } from "./attachments/claims.ts";
import { ent } from "./table-entries.ts";
import { obj } from "./fault-object.ts";
import { fls } from "./flushers.ts";
import { inv } from "./invalidation-list.ts";
import { hng } from "./hung-handler.ts";
import { lrc } from "./late-records.ts";
import { drn } from "./ring-drain.ts";
import { lvl } from "./table-levels.ts";
import { lsn } from "./notifiers.ts";
import { fea } from "./function-features.ts";
import { lpg } from "./large-pages.ts";
import { num } from "./numbers-again.ts";
import { pas } from "./pasid-tables/claims.ts";
import { gop } from "./group-open.ts";
import { rng } from "./address-ranges/claims.ts";
import { veq } from "./events-queue.ts";
import { ioc } from "./object-calls.ts";
import { vid } from "./virtual-ids.ts";
import { rpr } from "./failed-repair.ts";
import { hwq } from "./queue-pages.ts";
import { unm } from "./type1-unmap.ts";

export const catalogue: readonly Property[] = [
  ...pin,
  ...safe,
  ...map,
  ...prqFamily,
  ...grp,
  ...rsp,
  ...crd,
  ...mem,
  ...lck,
  ...cmd,
  ...stl,
  ...ntf,
  ...liv,
  ...lfc,
  ...acc,
  ...drt,
  ...pol,
  ...lruFamily,
  ...nst,
  ...con,
  ...tlb,
  ...sel,
  ...ifd,
  ...mmx,
  ...stm,
  ...trd,
  ...pcl,
  ...ref,
  ...att,
  ...ent,
  ...obj,
  ...fls,
  ...inv,
  ...lvl,
  ...hng,
  ...lrc,
  ...rpr,
  ...drn,
  ...lsn,
  ...fea,
  ...lpg,
  ...pas,
  ...num,
  ...gop,
  ...rng,
  ...veq,
  ...ioc,
  ...vid,
  ...hwq,
  ...unm,
];
