// SPDX-License-Identifier: Apache-2.0
// The digest of canonical.h, from S and, for shapes alone, from the walker.
#ifndef CADASTRE_HARNESS_ORACLE_CANONICAL_DIGEST_H_
#define CADASTRE_HARNESS_ORACLE_CANONICAL_DIGEST_H_

#include <span>

#include "harness/oracle/canonical.h"
#include "harness/oracle/operation.h"
#include "harness/oracle/views.h"

namespace cadastre::oracle {

// `contexts` by CPU. The naming's spans are long enough for every slot that was used and every CPU.
CanonicalDigest CanonicalDigestOf(const World& world, std::span<const OperationContext> contexts,
                                  const CanonicalScope& scope, const Naming& naming);

}  // namespace cadastre::oracle

#endif  // CADASTRE_HARNESS_ORACLE_CANONICAL_DIGEST_H_
