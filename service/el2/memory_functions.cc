// SPDX-License-Identifier: Apache-2.0
// What a compiler may call for a copy or a comparison of its own making
// (bazel/freestanding_test.sh). Compiled without the idioms that would make them call themselves.
#include <cstddef>

extern "C" {

void* memcpy(void* to, const void* from, std::size_t bytes) {
  auto* target = static_cast<volatile unsigned char*>(to);
  const auto* source = static_cast<const unsigned char*>(from);
  for (std::size_t i = 0; i < bytes; ++i) target[i] = source[i];
  return to;
}

void* memmove(void* to, const void* from, std::size_t bytes) {
  auto* target = static_cast<volatile unsigned char*>(to);
  const auto* source = static_cast<const unsigned char*>(from);
  if (target <= source) return memcpy(to, from, bytes);
  for (std::size_t i = bytes; i-- > 0;) target[i] = source[i];
  return to;
}

void* memset(void* to, int value, std::size_t bytes) {
  auto* target = static_cast<volatile unsigned char*>(to);
  for (std::size_t i = 0; i < bytes; ++i) target[i] = static_cast<unsigned char>(value);
  return to;
}

int memcmp(const void* a, const void* b, std::size_t bytes) {
  const auto* left = static_cast<const volatile unsigned char*>(a);
  const auto* right = static_cast<const volatile unsigned char*>(b);
  for (std::size_t i = 0; i < bytes; ++i) {
    if (left[i] != right[i]) return left[i] < right[i] ? -1 : 1;
  }
  return 0;
}

}  // extern "C"
