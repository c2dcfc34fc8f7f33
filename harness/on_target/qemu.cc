// SPDX-License-Identifier: Apache-2.0
#include "harness/on_target/qemu.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace cadastre::on_target {

std::vector<std::string> QemuCommand(const QemuMachine& machine) {
  // `max` computes pointer authentication in software, far slower than all the rest.
  const std::string model = machine.model == "max" ? "max,pauth-impdef=on" : machine.model;
  std::vector<std::string> words = {"qemu-system-aarch64",
                                    "-M",
                                    "virt,virtualization=on,gic-version=3,dtb-randomness=off",
                                    "-cpu",
                                    model,
                                    "-smp",
                                    absl::StrCat(machine.cpus),
                                    "-m",
                                    machine.memory,
                                    "-nic",
                                    "none",
                                    "-display",
                                    "none",
                                    "-monitor",
                                    "none",
                                    "-serial",
                                    "stdio",
                                    "-no-reboot",
                                    "-semihosting-config",
                                    "enable=on,target=native",
                                    "-kernel",
                                    machine.image.string()};
  if (!machine.initrd.empty()) words.insert(words.end(), {"-initrd", machine.initrd.string()});
  if (!machine.append.empty()) words.insert(words.end(), {"-append", machine.append});
  for (const LoadedFile& file : machine.files) {
    words.push_back("-device");
    // A comma in a name is doubled.
    std::string name;
    for (const char c : file.path.string()) name.append(c == ',' ? 2 : 1, c);
    words.push_back(absl::StrFormat("loader,file=%s,addr=%#x,force-raw=on", name, file.address));
  }
  return words;
}

}  // namespace cadastre::on_target
