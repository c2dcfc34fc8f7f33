// SPDX-License-Identifier: Apache-2.0
// Stands in for a C library's features.h, so that the freestanding headers of the host's libstdc++ compile for the bare
// target (<array>, <cstdint>, <initializer_list>, <span>, <type_traits>, ...). Headers that need more of a C library than
// this stay out of reach there, by intent.
#define __GLIBC_PREREQ(major, minor) 0
#define __GNUC_PREREQ(major, minor) 1
