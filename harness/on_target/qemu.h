// SPDX-License-Identifier: Apache-2.0
// QEMU's virt with EL2, as everything here starts it.
#ifndef CADASTRE_HARNESS_ON_TARGET_QEMU_H_
#define CADASTRE_HARNESS_ON_TARGET_QEMU_H_

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace cadastre::on_target {

inline constexpr std::uint64_t kHostImage = 0x4400'0000;  // where the product looks for the host

// A file put into the machine's memory as it is.
struct LoadedFile {
  std::filesystem::path path;
  std::uint64_t address = 0;
};

struct QemuMachine {
  std::string model = "cortex-a57";
  unsigned cpus = 2;
  std::string memory = "512M";
  std::filesystem::path image;  // starts at EL2
  std::vector<LoadedFile> files;
  std::filesystem::path initrd = {};  // for a host that is Linux; none if empty
  std::string append = {};            // its command line
};

// The command; its console is standard input and output.
std::vector<std::string> QemuCommand(const QemuMachine& machine);

}  // namespace cadastre::on_target

#endif  // CADASTRE_HARNESS_ON_TARGET_QEMU_H_
