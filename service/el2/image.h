// SPDX-License-Identifier: Apache-2.0
// Where the linker put the image (image.lds), and what assembly defines.
#ifndef CADASTRE_SERVICE_EL2_IMAGE_H_
#define CADASTRE_SERVICE_EL2_IMAGE_H_

#include <cstddef>
#include <cstdint>

#include "pgtable/types.h"
#include "service/boot_info.h"
#include "service/el2/layout_asm.h"
#include "service/guest_registers.h"

static_assert(EL2_CPUS == cadastre::kMaxCpus);
static_assert(offsetof(cadastre::GuestRegisters, pc) == EL2_GUEST_PC);

extern "C" {

// Page-aligned; image_end is that of the stacks.
extern std::byte image_start[];
extern std::byte text_end[];
extern std::byte rodata_end[];
extern std::byte image_end[];
extern std::byte el2_stacks[];

// start.S
void start_secondary();
void el2_enable_mmu(std::uint64_t ttbr0, std::uint64_t tcr, std::uint64_t mair,
                    std::uint64_t sctlr);
[[noreturn]] void el2_enter_host(std::uint64_t x0, std::uint64_t entry, std::uint64_t stack);

// guest_entry.S
std::uint64_t el2_run_guest(cadastre::GuestRegisters* guest);
void el2_save_fp(void* place);
void el2_restore_fp(const void* place);
void el2_save_sve(void* place);
void el2_restore_sve(const void* place);

}  // extern "C"

#endif  // CADASTRE_SERVICE_EL2_IMAGE_H_
