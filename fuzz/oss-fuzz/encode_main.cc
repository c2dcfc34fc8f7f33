// SPDX-License-Identifier: Apache-2.0
// encode_main FORMAT IN.ops OUT.bin: writes a script as the bytes that fuzzers mutate, where the
// command line tool is not built. FORMAT is script, raw_calls or
// interleaved.
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "harness/cli/corpus_check.h"
#include "harness/interleave/program.h"
#include "harness/run/runner.h"
#include "harness/script/codec.h"
#include "harness/script/text.h"

int main(int argc, char** argv) {
  const std::string format = argc == 4 ? argv[1] : "";
  if (format != "script" && format != "raw_calls" && format != "interleaved") {
    std::fprintf(stderr, "usage: encode_main script|raw_calls|interleaved IN.ops OUT.bin\n");
    return 2;
  }
  std::ifstream in(argv[2], std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  const auto script = cadastre::script::Parse(text);
  if (!in || !script.ok()) {
    std::fprintf(stderr, "%s: %s\n", argv[2],
                 in ? script.status().ToString().c_str() : "can't be read");
    return 2;
  }
  std::vector<std::uint8_t> bytes = cadastre::script::Encode(*script);
  if (format == "raw_calls") {
    cadastre::run::Runners runners;
    bytes = cadastre::AsRawCalls(*script, runners.For(script->profile));
  }
  if (format == "interleaved") {
    bytes = cadastre::interleave::EncodeInput(cadastre::interleave::InputOf(*script));
  }
  std::ofstream out(argv[3], std::ios::binary);
  out.write(reinterpret_cast<const char*>(bytes.data()),
            static_cast<std::streamsize>(bytes.size()));
  out.close();
  return out ? 0 : 3;
}
