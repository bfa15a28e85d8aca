/** An untranslated access of a device, as the IOMMU sees it: it begins, and it completes. */
export type AccessMessage = {
  readonly type: "access.begins" | "access.retires";
  readonly device: number;
  readonly slot: number;
  readonly page: number;
};

/** The words of these messages. */
export const accessSays = {
  "access.begins": "accesses page {page}",
  "access.retires": "completes the access to page {page}",
} as const;
