/** The catalogue: every property, once, by family. A new family is a file here and a line below. */
import type { Property } from "../../checker/property.ts";
import { acc } from "./acc.ts";
import { drt } from "./drt.ts";
import { cmd } from "./cmd.ts";
import { con } from "./con.ts";
import { crd } from "./crd.ts";
import { grp } from "./grp.ts";
import { lck } from "./lck.ts";
import { lfc } from "./lfc.ts";
import { liv } from "./liv.ts";
import { lruFamily } from "./lru.ts";
import { map } from "./map.ts";
import { mem } from "./mem.ts";
import { nst } from "./nst.ts";
import { mmx } from "./mmx.ts";
import { ntf } from "./ntf.ts";
import { pin } from "./pin.ts";
import { pol } from "./pol.ts";
import { prqFamily } from "./prq.ts";
import { ref } from "./ref.ts";
import { rsp } from "./rsp.ts";
import { safe } from "./safe.ts";
import { sel } from "./sel.ts";
import { stl } from "./stl.ts";
import { tlb } from "./tlb.ts";
import { ifd } from "./ifd.ts";
import { stm } from "./stm.ts";
import { pcl } from "./pcl.ts";
import { trd } from "./trd.ts";
import { att } from "./att.ts";
import { ent } from "./ent.ts";
import { obj } from "./obj.ts";
import { gop } from "./gop.ts";
import { rng } from "./rng.ts";
import { unm } from "./unm.ts";

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
  ...gop,
  ...rng,
  ...unm,
];
