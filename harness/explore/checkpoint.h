// SPDX-License-Identifier: Apache-2.0
// Words and strings as bytes, for checkpoints: little-endian, with a sum at the end so that half a
// file is none.
#ifndef CADASTRE_HARNESS_EXPLORE_CHECKPOINT_H_
#define CADASTRE_HARNESS_EXPLORE_CHECKPOINT_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cadastre::explore {

class Writer {
 public:
  void Put(std::uint64_t word);
  void Put(std::string_view bytes);
  void Put(const std::vector<bool>& bits);
  // The bytes with their sum.
  std::string Take();

 private:
  std::string bytes_;
};

class Reader {
 public:
  // Of nothing if the sum is wrong.
  explicit Reader(std::string_view bytes);

  // Zero and nothing beyond the end, after which the reader is not good.
  std::uint64_t Word();
  std::string_view Bytes();
  std::vector<bool> Bits();
  bool good() const { return is_good_; }
  bool AtEnd() const { return at_ == bytes_.size(); }

 private:
  std::string_view bytes_;
  std::size_t at_ = 0;
  bool is_good_ = true;
};

}  // namespace cadastre::explore

#endif  // CADASTRE_HARNESS_EXPLORE_CHECKPOINT_H_
