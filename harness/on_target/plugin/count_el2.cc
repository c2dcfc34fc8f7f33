// SPDX-License-Identifier: Apache-2.0
// A QEMU plugin that counts what EL2 executes: arguments first=, end= (addresses of its code) and
// costs= or lines= (a file to write).
//
// costs: one line for the next trap after each marker instruction (HINT #126, a NOP):
//        instructions, TLB invalidations and DSBs of EL2 up to its ERET. For one CPU.
// lines: the address of each instruction of EL2 that was executed, ascending, and how often.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>

#include "harness/on_target/plugin/tcg_plugin.h"

#define CADASTRE_EXPORT __attribute__((visibility("default")))

namespace cadastre::on_target {
namespace {

constexpr std::uint32_t kMarker = 0xd503'2fdf;
constexpr std::uint32_t kEret = 0xd69f'03e0;

struct Counter {
  std::uint64_t first = 0;
  std::uint64_t end = 0;
  std::FILE* costs = nullptr;
  std::FILE* lines = nullptr;
  bool armed = false;
  std::uint64_t instructions = 0;
  std::uint64_t invalidations = 0;
  std::uint64_t barriers = 0;
  std::map<std::uint64_t, std::uint64_t> executed;  // how often, by address
};
// Never destroyed: QEMU asks for the files when static objects are gone.
Counter& counter = *new Counter;

// SYS with CRn = 8 (Arm ARM C5.1.3): TLBI.
constexpr bool IsTlbi(std::uint32_t word) { return (word & 0xfff8'f000) == 0xd508'8000; }
// DSB, and its nXS form.
constexpr bool IsDsb(std::uint32_t word) {
  return (word & 0xffff'f0ff) == 0xd503'309f || (word & 0xffff'f3ff) == 0xd503'323f;
}

void AtMarker(unsigned, void*) {
  counter.armed = true;
  counter.instructions = counter.invalidations = counter.barriers = 0;
}

void AtEret(unsigned, void*) {
  if (!counter.armed) return;
  counter.armed = false;
  std::fprintf(counter.costs, "%llu %llu %llu\n",
               static_cast<unsigned long long>(counter.instructions),
               static_cast<unsigned long long>(counter.invalidations),
               static_cast<unsigned long long>(counter.barriers));
}

void CountAlways(qemu_plugin_insn* insn, std::uint64_t* where) {
  qemu_plugin_register_vcpu_insn_exec_inline(insn, QEMU_PLUGIN_INLINE_ADD_U64, where, 1);
}

void Watch(qemu_plugin_insn* insn) {
  std::uint32_t word;
  std::memcpy(&word, qemu_plugin_insn_data(insn), sizeof(word));
  const std::uint64_t address = qemu_plugin_insn_vaddr(insn);
  const bool is_el2 = address >= counter.first && address < counter.end;
  if (counter.lines != nullptr && is_el2) CountAlways(insn, &counter.executed[address]);
  if (counter.costs == nullptr) return;
  if (!is_el2) {
    if (word == kMarker)
      qemu_plugin_register_vcpu_insn_exec_cb(insn, &AtMarker, QEMU_PLUGIN_CB_NO_REGS, nullptr);
    return;
  }
  CountAlways(insn, &counter.instructions);
  if (IsTlbi(word)) CountAlways(insn, &counter.invalidations);
  if (IsDsb(word)) CountAlways(insn, &counter.barriers);
  if (word == kEret)
    qemu_plugin_register_vcpu_insn_exec_cb(insn, &AtEret, QEMU_PLUGIN_CB_NO_REGS, nullptr);
}

void AtTranslation(qemu_plugin_id_t, qemu_plugin_tb* tb) {
  for (std::size_t i = 0; i < qemu_plugin_tb_n_insns(tb); ++i)
    Watch(qemu_plugin_tb_get_insn(tb, i));
}

void AtExit(qemu_plugin_id_t, void*) {
  for (const auto& [address, times] : counter.executed) {
    if (times != 0) {
      std::fprintf(counter.lines, "%#llx %llu\n", static_cast<unsigned long long>(address),
                   static_cast<unsigned long long>(times));
    }
  }
  for (std::FILE* file : {counter.costs, counter.lines}) {
    if (file != nullptr) std::fclose(file);
  }
}

bool TakeArgument(const std::string& argument) {
  const std::size_t equals = argument.find('=');
  if (equals == std::string::npos) return false;
  const std::string name = argument.substr(0, equals);
  const std::string value = argument.substr(equals + 1);
  if (name == "first") counter.first = std::strtoull(value.c_str(), nullptr, 0);
  if (name == "end") counter.end = std::strtoull(value.c_str(), nullptr, 0);
  if (name == "costs") counter.costs = std::fopen(value.c_str(), "w");
  if (name == "lines") counter.lines = std::fopen(value.c_str(), "w");
  return true;
}

}  // namespace
}  // namespace cadastre::on_target

CADASTRE_EXPORT int qemu_plugin_version = 1;

CADASTRE_EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t*, int argc,
                                        char** argv) {
  using namespace cadastre::on_target;
  for (int i = 0; i < argc; ++i) {
    if (!TakeArgument(argv[i])) return 1;
  }
  if (counter.end == 0 || (counter.costs == nullptr && counter.lines == nullptr)) return 1;
  qemu_plugin_register_vcpu_tb_trans_cb(id, &AtTranslation);
  qemu_plugin_register_atexit_cb(id, &AtExit, nullptr);
  return 0;
}
