/** Where the sentences come from. */
import type { Source } from "../../checker/property.ts";

/** Hardware facts: S and L of section 9, G of the group rules, I of the invalidation rules. */
export const hardwareRule = (clause: string): Source => ({ document: "hardware facts", clause });
/** IOPF core facts: I1-I34, L1-L8, B1-B46, D1-D19. */
export const coreRule = (clause: string): Source => ({ document: "IOPF core facts", clause });
/** iommufd facts: J1 to J113, of Linux 7.3. */
export const iommufdRule = (clause: string): Source => ({ document: "iommufd facts", clause });
/** VFIO facts: I-01 - I-45, D-01 - D-28, rows 1-75 of the thread. */
export const vfioRule = (clause: string): Source => ({ document: "VFIO facts", clause });
