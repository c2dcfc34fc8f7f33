// SPDX-License-Identifier: Apache-2.0
// Assertions of the core. None is reachable from a hypercall argument: the fuzzers treat one that
// fires as a violation.
#ifndef CADASTRE_SERVICE_CHECK_H_
#define CADASTRE_SERVICE_CHECK_H_

#include "pgtable/types.h"

namespace cadastre {

template <class P>
constexpr void Check(P& p, bool holds, const char* rule) {
  if (!holds) p.Panic(rule);
}

// A commit step of which the check phase has made sure.
template <class P>
constexpr void Commit(P& p, Status status, const char* rule) {
  Check(p, status.ok(), rule);
}

}  // namespace cadastre

#endif  // CADASTRE_SERVICE_CHECK_H_
