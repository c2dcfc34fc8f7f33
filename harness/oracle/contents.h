// SPDX-License-Identifier: Apache-2.0
// Invariants of group E: who may see the bytes of a page. Colours are followed by what EL2 stores
// (events), by what the host and guests access themselves, and by the steps of S in which a guest
// gives contents away.
#ifndef CADASTRE_HARNESS_ORACLE_CONTENTS_H_
#define CADASTRE_HARNESS_ORACLE_CONTENTS_H_

#include <cstddef>
#include <span>

#include "harness/oracle/colours.h"
#include "harness/oracle/operation.h"
#include "harness/oracle/report.h"

namespace cadastre::oracle {

// Follows what the operation did since its last check, in the order in which it did it, and asserts
// SECRET_VISIBLE wherever a leaf is stored or a row changes. The colours have seen the first
// `coloured` of the events already.
void FollowContents(const StepView& view, std::size_t coloured, Colours& colours, Report& report);

// Brings the colours alone up to what an operation that is under way has done.
void FollowColours(const World& world, std::span<const Event> events, Colours& colours);

// The host, or the guest that S says runs on the CPU, is about to access a page of RAM: a store
// colours it, and of everything else FORBIDDEN_READ is asserted.
void FollowAccess(const World& world, unsigned cpu, PageIndex page, Access access, Colours& colours,
                  Report& report);

// Whether S grants who runs on the CPU a store to the page, which it reaches at its own page number
// `input`.
bool GrantsStore(const State& state, unsigned cpu, std::uint64_t input, PageIndex page);

PageUse UseOf(const State& state, PageIndex page, const PageColours& colours);

}  // namespace cadastre::oracle

#endif  // CADASTRE_HARNESS_ORACLE_CONTENTS_H_
