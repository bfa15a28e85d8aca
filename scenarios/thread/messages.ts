/**
 * The RFC thread: "[RFC PATCH v1 0/4] vfio: Add IOPF support for VFIO passthrough", message by message.
 *
 * Source  the archive of kvm@vger.kernel.org. The message ids are those of the headers; a message in the archive is at
 *         https://lore.kernel.org/kvm/ID/. Dates are those of the Date headers, in UTC.
 */

export interface Message {
  /** "M1" to "M19", in the order of the Date headers. */
  readonly id: string;
  readonly from: string;
  /** "2021-01-25". */
  readonly date: string;
  /** Of the Message-ID header, without the angle brackets. */
  readonly messageId: string;
  /** What the message does, as one sentence. */
  readonly about: string;
}

const SHENMING = "Shenming Lu";
const KEVIN = "Kevin Tian";
const BAOLU = "Lu Baolu";

export const thread = {
  title: "[RFC PATCH v1 0/4] vfio: Add IOPF support for VFIO passthrough",
  author: SHENMING,
  archive: "https://lore.kernel.org/kvm/",
} as const;

export const messages: readonly Message[] = [
  {
    id: "M1",
    from: SHENMING,
    date: "2021-01-25",
    messageId: "20210125090402.1429-1-lushenming@huawei.com",
    about: "The cover letter: map and pin guest memory when a device faults on it.",
  },
  {
    id: "M2",
    from: "Alex Williamson",
    date: "2021-01-29",
    messageId: "20210129155730.3a1d49c5@omen.home.shazbot.org",
    about: "Asks about cost, opt-in, memory that is never given back, and limits.",
  },
  {
    id: "M3",
    from: SHENMING,
    date: "2021-01-30",
    messageId: "44a8b643-6920-b2b5-a593-2942b5ea4ee7@huawei.com",
    about: "Proposes pre-mapping, an ENABLE ioctl, and a limit in levels.",
  },
  {
    id: "M4",
    from: KEVIN,
    date: "2021-02-01",
    messageId: "MWHPR11MB188684B42632FD0B9B5CA1C08CB69@MWHPR11MB1886.namprd11.prod.outlook.com",
    about: "Says that many devices tolerate faults in some contexts only, and how nesting should be routed.",
  },
  {
    id: "M5",
    from: SHENMING,
    date: "2021-02-02",
    messageId: "47bf7612-4fb0-c0bb-fa19-24c4e3d01d3f@huawei.com",
    about: "Asks whether the IOMMU driver could filter such faults, and when a device counts as enabled.",
  },
  {
    id: "M6",
    from: KEVIN,
    date: "2021-02-04",
    messageId: "MWHPR11MB1886C71A751B48EF626CAC938CB39@MWHPR11MB1886.namprd11.prod.outlook.com",
    about: "Refuses the filter, points to vfio_pin_pages(), and proposes two phases.",
  },
  {
    id: "M7",
    from: "Jean-Philippe Brucker",
    date: "2021-02-05",
    messageId: "YB0f5Yno9frihQq4@myrica",
    about: "Asks for a comparison with vIOMMU and coIOMMU, and raises partial faults at an overflow.",
  },
  {
    id: "M8",
    from: KEVIN,
    date: "2021-02-07",
    messageId: "MWHPR11MB1886D07D927A77DCB2FF74D48CB09@MWHPR11MB1886.namprd11.prod.outlook.com",
    about: "Answers on selective faulting, recall, and devices that report faults by themselves.",
  },
  {
    id: "M9",
    from: SHENMING,
    date: "2021-02-07",
    messageId: "722bf67a-0f59-6335-77ab-095e971a6355@huawei.com",
    about: "Promises a comparison, and leaves the recall to the handler of the device.",
  },
  {
    id: "M10",
    from: "Yi Liu",
    date: "2021-02-09",
    messageId: "CY4PR1101MB232892F595111A53803F6DBFC38E9@CY4PR1101MB2328.namprd11.prod.outlook.com",
    about: "Notes that a device has one fault handler, so that both uses need to share it.",
  },
  {
    id: "M11",
    from: SHENMING,
    date: "2021-02-10",
    messageId: "75c1387e-ab3e-ec46-3cf6-28537fc75ff0@huawei.com",
    about: "Proposes a callback of the bus driver for faults of the first stage.",
  },
  {
    id: "M12",
    from: SHENMING,
    date: "2021-03-18",
    messageId: "4f904b23-e434-d42b-15a9-a410f3b4edb9@huawei.com",
    about: "Asks whether vfio_pin_pages() could mark the pages that may fault.",
  },
  {
    id: "M13",
    from: KEVIN,
    date: "2021-03-18",
    messageId: "MWHPR11MB188656845973A662A7E96BDA8C699@MWHPR11MB1886.namprd11.prod.outlook.com",
    about: "Says the opposite: the vendor driver pins the pages that must not fault.",
  },
  {
    id: "M14",
    from: SHENMING,
    date: "2021-03-18",
    messageId: "c152f419-acc4-ee33-dab1-ff0f9baf2f24@huawei.com",
    about: "Concludes that only faults inside the pinned range are valid, and asks why to pin at all.",
  },
  {
    id: "M15",
    from: KEVIN,
    date: "2021-03-18",
    messageId: "MWHPR11MB1886498515951BCE98F9336A8C699@MWHPR11MB1886.namprd11.prod.outlook.com",
    about: "Explains lockdown at run time: nothing is pinned at attach or DMA_MAP.",
  },
  {
    id: "M16",
    from: SHENMING,
    date: "2021-03-18",
    messageId: "4e2c9f05-9a87-4aca-71d3-c329d7638aae@huawei.com",
    about: "Agrees.",
  },
  {
    id: "M17",
    from: BAOLU,
    date: "2021-03-19",
    messageId: "a535a91a-3af7-b43d-8399-01255a070f2b@linux.intel.com",
    about: "Objects to M14: pinned pages never fault.",
  },
  {
    id: "M18",
    from: "Keqian Zhu",
    date: "2021-03-19",
    messageId: "4327b3ac-858d-30d0-9fe4-bd4ccc0fbd40@huawei.com",
    about: "Answers that vfio_pin_pages() pins and records, and maps nothing.",
  },
  {
    id: "M19",
    from: BAOLU,
    date: "2021-03-20",
    messageId: "993b34b0-a68e-87eb-854d-ce926db8702b@linux.intel.com",
    about: "Agrees with M18.",
  },
];
