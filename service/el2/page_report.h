// SPDX-License-Identifier: Apache-2.0
#ifndef CADASTRE_SERVICE_EL2_PAGE_REPORT_H_
#define CADASTRE_SERVICE_EL2_PAGE_REPORT_H_

#include "service/boot_info.h"
#include "service/el2/platform.h"

namespace cadastre::el2 {

// For a panic: prints what the register says of the page at a virtual address of EL2, which is
// where an abort was, or that there is none: the host's and EL2's entries, and the page's record.
// Takes no locks and trusts nothing; the core has booted, with this `info`.
void ReportPage(El2Platform& platform, const BootInfo& info, std::uint64_t address);

}  // namespace cadastre::el2

#endif  // CADASTRE_SERVICE_EL2_PAGE_REPORT_H_
