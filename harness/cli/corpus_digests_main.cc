// SPDX-License-Identifier: Apache-2.0
// corpus_digests_program FOLDER: prints what `cadastre corpus digests FOLDER` prints. A program of
// its own, since every compiler that the digests must agree under builds it.
#include <cstdio>

#include "harness/cli/corpus_digests.h"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: corpus_digests_program FOLDER\n");
    return 2;
  }
  const auto digests = cadastre::DigestCorpus(argv[1]);
  if (!digests.ok()) {
    std::fprintf(stderr, "%s\n", std::string(digests.status().message()).c_str());
    return 2;
  }
  for (const std::string& line : digests->lines) std::printf("%s\n", line.c_str());
  for (const std::string& line : digests->wrong) std::fprintf(stderr, "%s\n", line.c_str());
  return digests->wrong.empty() ? 0 : 1;
}
