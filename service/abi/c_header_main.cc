// SPDX-License-Identifier: Apache-2.0
// Prints the C header for clients; the build writes it to a file.
#include <cstdio>
#include <string>

#include "service/abi/c_header.h"

int main() {
  const std::string text = cadastre::abi::CHeader();
  const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  return written && std::fflush(stdout) == 0 ? 0 : 1;
}
