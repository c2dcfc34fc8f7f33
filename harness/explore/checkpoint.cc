// SPDX-License-Identifier: Apache-2.0
#include "harness/explore/checkpoint.h"

#include <utility>

namespace cadastre::explore {
namespace {

constexpr std::size_t kWordBytes = 8;

std::uint64_t Sum(std::string_view bytes) {  // FNV-1a
  std::uint64_t sum = 0xCBF29CE484222325;
  for (const char c : bytes) sum = (sum ^ static_cast<unsigned char>(c)) * 0x100000001B3;
  return sum;
}

std::uint64_t WordAt(std::string_view bytes, std::size_t at) {
  std::uint64_t word = 0;
  for (std::size_t i = kWordBytes; i-- > 0;) {
    word = word << 8 | static_cast<unsigned char>(bytes[at + i]);
  }
  return word;
}

}  // namespace

void Writer::Put(std::uint64_t word) {
  for (std::size_t i = 0; i < kWordBytes; ++i) bytes_.push_back(static_cast<char>(word >> (8 * i)));
}

void Writer::Put(std::string_view bytes) {
  Put(std::uint64_t{bytes.size()});
  bytes_.append(bytes);
}

void Writer::Put(const std::vector<bool>& bits) {
  Put(std::uint64_t{bits.size()});
  for (const bool bit : bits) bytes_.push_back(bit ? 1 : 0);
}

std::string Writer::Take() {
  Put(Sum(bytes_));
  return std::move(bytes_);
}

Reader::Reader(std::string_view bytes) {
  if (bytes.size() < kWordBytes) {
    is_good_ = false;
    return;
  }
  bytes_ = bytes.substr(0, bytes.size() - kWordBytes);
  is_good_ = Sum(bytes_) == WordAt(bytes, bytes_.size());
  if (!is_good_) bytes_ = {};
}

std::uint64_t Reader::Word() {
  if (bytes_.size() - at_ < kWordBytes) {
    is_good_ = false;
    return 0;
  }
  at_ += kWordBytes;
  return WordAt(bytes_, at_ - kWordBytes);
}

std::string_view Reader::Bytes() {
  const std::uint64_t size = Word();
  if (bytes_.size() - at_ < size) {
    is_good_ = false;
    return {};
  }
  at_ += size;
  return bytes_.substr(at_ - size, size);
}

std::vector<bool> Reader::Bits() {
  std::vector<bool> bits;
  for (const char bit : Bytes()) bits.push_back(bit != 0);
  return bits;
}

}  // namespace cadastre::explore
