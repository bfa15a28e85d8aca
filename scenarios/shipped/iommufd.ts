/** Findings about objects of iommufd. */
import { newest, type Shipped } from "./shipped.ts";

export const iommufdFindings: readonly Shipped[] = [
  {
    id: "veventq-destroy-frees-viommu",
    title: "The destroy of a vEVENTQ uses its vIOMMU after it has dropped its reference",
    functions: ["iommufd_veventq_abort()", "iommufd_veventq_destroy()"],
    evidence: "model and source",
    trees: [
      { tree: "6.1.192", state: "absent", read: "iommufd does not exist there." },
      { tree: "6.12.117", state: "absent", read: "vIOMMUs and vEVENTQs do not exist there." },
      newest(
        "present",
        "iommufd_veventq_abort() calls refcount_dec(&viommu->obj.users) before list_del(&veventq->node), and iommufd_veventq_destroy() calls up_write(&veventq->viommu->veventqs_rwsem) after it.",
      ),
    ],
    conditions: "two threads of user space destroy a vEVENTQ, whose file is closed, and its vIOMMU at the same time.",
    scenario: "veventq-destroy-and-viommu-destroy",
    run: 1,
    property: "IOC-1",
    mail: {
      subject: "iommufd: the destroy of a vEVENTQ may use a freed vIOMMU",
      body: `
In 7.3.4, iommufd_veventq_abort() drops the user of the vIOMMU with
refcount_dec(), and then takes the vEVENTQ off viommu->veventqs. After that
iommufd_veventq_destroy() calls up_write() on viommu->veventqs_rwsem.

From the refcount_dec() on, nothing keeps the vIOMMU. If the vEVENTQ was
its last user, IOMMU_DESTROY on the vIOMMU by another thread succeeds.
iommufd_viommu_destroy() does not take veventqs_rwsem, and the vIOMMU is
freed under the list_del() and the up_write() of the first thread.

iommufd_veventq_alloc() is not concerned: on its error path the ioctl still
has a reference to the vIOMMU.

This is by reading 7.3.4, and by a model of these steps. It was not run. In
the model, a destroy that drops the user after up_write() does not have the
problem.`,
    },
  },
];
