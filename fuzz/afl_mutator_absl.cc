// SPDX-License-Identifier: Apache-2.0
// What the decoder of scripts takes from Abseil, for its error messages alone. Debian's archives
// are no position-independent code and can't be linked into a shared object; the mutator decodes
// any bytes, so its messages go nowhere. Should it need more of Abseil, linking fails.
#include <cstdlib>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace absl {
ABSL_NAMESPACE_BEGIN

std::string StrCat(const AlphaNum&, const AlphaNum&) { return {}; }
std::string StrCat(const AlphaNum&, const AlphaNum&, const AlphaNum&) { return {}; }
std::string StrCat(const AlphaNum&, const AlphaNum&, const AlphaNum&, const AlphaNum&) {
  return {};
}

char* numbers_internal::FastIntToBuffer(int, char* buffer) { return buffer; }
char* numbers_internal::FastIntToBuffer(unsigned long, char* buffer) { return buffer; }

// Only of a decoder that may refuse.
Status InvalidArgumentError(absl::string_view) { std::abort(); }
void Status::UnrefNonInlined(std::uintptr_t) { std::abort(); }
void internal_statusor::Helper::HandleInvalidStatusCtorArg(Status*) { std::abort(); }

ABSL_NAMESPACE_END
}  // namespace absl
