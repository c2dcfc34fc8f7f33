// SPDX-License-Identifier: Apache-2.0
// cadastre boot: the EL2 image with a host on QEMU, its console here.
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "harness/cli/built_files.h"
#include "harness/cli/commands.h"
#include "harness/cli/flags.h"
#include "harness/on_target/qemu.h"

namespace cadastre {
namespace {

namespace fs = std::filesystem;

struct BootOptions {
  std::uint64_t cpus = 2;
  std::string model = "cortex-a57";
  std::string payload = {};
  std::string initrd = {};
  std::string append = {};
};

int Complain(int exit, const std::string& message) {
  std::fprintf(stderr, "cadastre boot: %s\n", message.c_str());
  return exit;
}

// This process becomes QEMU: its console, its status and Ctrl-C are QEMU's.
int Become(const std::vector<std::string>& words) {
  std::vector<char*> argv;
  for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  execvp(argv[0], argv.data());
  return Complain(kExitBroken, absl::StrCat("can't start ", words[0], ": ", std::strerror(errno)));
}

int Boot(const BootOptions& options) {
  const absl::StatusOr<fs::path> root = SourceRoot();
  if (!root.ok()) return Complain(kExitBroken, std::string(root.status().message()));
  const absl::StatusOr<fs::path> built =
      BuildFiles(*root, {"//service/el2:image", "//service/el2/payload:self_check"});
  if (!built.ok()) return Complain(kExitBroken, std::string(built.status().message()));
  const fs::path el2 = *built / "service" / "el2";
  const fs::path payload =
      options.payload.empty() ? el2 / "payload" / "self_check.img" : fs::path(options.payload);
  return Become(on_target::QemuCommand({.model = options.model,
                                        .cpus = static_cast<unsigned>(options.cpus),
                                        .image = el2 / "image.img",
                                        .files = {{payload, on_target::kHostImage}},
                                        .initrd = options.initrd,
                                        .append = options.append}));
}

}  // namespace

int RunBoot(std::span<const std::string> args) {
  BootOptions options;
  CommandFlags flags("boot", "[FLAGS]",
                     {.ok = "the host ended so", .found = "it found something wrong"});
  flags.Number("cpus", "CPUs of the machine", options.cpus);
  flags.Text("model", "QEMU's CPU model", options.model);
  flags.Text("payload", "the host's image, for 0x44000000, instead of the self-check",
             options.payload);
  flags.Text("initrd", "initial RAM disk, for a host that is a Linux kernel", options.initrd);
  flags.Text("append", "command line of such a host", options.append);
  const absl::StatusOr<ParsedFlags> parsed = flags.Parse(args);
  if (!parsed.ok()) return Complain(kExitMisuse, std::string(parsed.status().message()));
  if (parsed->wish == ParsedFlags::Wish::kHelp) {
    std::printf("%sIts status is QEMU's, which a host sets by semihosting.\n",
                flags.Help().c_str());
    return kExitOk;
  }
  for (const std::string& file : {options.payload, options.initrd}) {
    if (!file.empty() && !fs::is_regular_file(file))
      return Complain(kExitMisuse, absl::StrCat(file, ": no such file"));
  }
  return Boot(options);
}

}  // namespace cadastre
