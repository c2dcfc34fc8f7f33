// SPDX-License-Identifier: Apache-2.0
// The op mutator as AFL++ calls it (custom mutators, AFL++ 4.04c): a shared object that
// AFL_CUSTOM_MUTATOR_LIBRARY names. Trimming takes whole operations away, where AFL++'s own would
// leave torn records. `harness/cadastre fuzz --engine=afl` builds and names it.
#include "fuzz/afl_mutator.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <span>
#include <utility>
#include <vector>

#include "fuzz/op_mutator.h"
#include "harness/run/op_mix.h"
#include "harness/script/codec.h"

namespace {

using Bytes = std::vector<std::uint8_t>;
using cadastre::script::kRecordSize;

// One input that is being trimmed. It is cut into units: a header, then an operation each, with the
// raw records before it. Runs of units are left out, half of them at a time, then a quarter, and so
// on; what AFL++ finds to run as before stays out.
class Trimming {
 public:
  // How many attempts there are at most; 0: nothing to leave out.
  std::int32_t Start(std::span<const std::uint8_t> input) {
    units_.clear();
    header_.clear();
    done_ = 0;
    std::size_t at = 0;
    if (input.size() >= kRecordSize && std::equal(cadastre::script::kMagic.begin(),
                                                  cadastre::script::kMagic.end(), input.begin())) {
      header_.assign(input.begin(), input.begin() + kRecordSize);
      at = kRecordSize;
    }
    Bytes unit;
    for (; input.size() - at >= kRecordSize; at += kRecordSize) {
      const auto record = input.subspan(at, kRecordSize);
      unit.insert(unit.end(), record.begin(), record.end());
      if (record[0] != cadastre::script::kRawRecord) units_.push_back(std::exchange(unit, {}));
    }
    run_ = units_.size() / 2;
    at_ = 0;
    most_ = 0;
    for (std::size_t run = run_; run > 0; run /= 2) most_ += units_.size() / run + 1;
    return static_cast<std::int32_t>(most_);
  }

  // The input without the next run. Never empty: a run is half of the units at most.
  const Bytes& Next() {
    candidate_ = header_;
    for (std::size_t i = 0; i < units_.size(); ++i) {
      if (i < at_ || i >= at_ + run_)
        candidate_.insert(candidate_.end(), units_[i].begin(), units_[i].end());
    }
    return candidate_;
  }

  // How many attempts are over; all of them when nothing is left to try.
  std::int32_t Judge(bool as_before) {
    if (as_before) {
      const auto begin = units_.begin() + static_cast<std::ptrdiff_t>(at_);
      units_.erase(begin, begin + static_cast<std::ptrdiff_t>(std::min(run_, units_.size() - at_)));
    } else {
      at_ += run_;
    }
    while (run_ > 0 && (at_ >= units_.size() || run_ >= units_.size())) {
      run_ /= 2;
      at_ = 0;
    }
    done_ = run_ == 0 ? most_ : std::min(done_ + 1, most_ - 1);
    return static_cast<std::int32_t>(done_);
  }

 private:
  Bytes header_;
  std::vector<Bytes> units_;
  Bytes candidate_;
  std::size_t run_ = 0;
  std::size_t at_ = 0;
  std::size_t most_ = 0;
  std::size_t done_ = 0;
};

struct Mutator {
  explicit Mutator(unsigned int seed) : random(seed) {}
  cadastre::run::MixRandom random;
  Bytes output;
  Trimming trimming;
};

Mutator& Of(void* data) { return *static_cast<Mutator*>(data); }

}  // namespace

void* afl_custom_init(void*, unsigned int seed) { return new Mutator(seed); }

void afl_custom_deinit(void* data) { delete static_cast<Mutator*>(data); }

// One time in eight the end of another input is put behind a beginning of this one.
std::size_t afl_custom_fuzz(void* data, std::uint8_t* input, std::size_t size,
                            std::uint8_t** output, std::uint8_t* other, std::size_t other_size,
                            std::size_t max_size) {
  Mutator& mutator = Of(data);
  constexpr std::uint64_t kSeeds = std::uint64_t{1} << 62;
  const bool join = mutator.random.Below(8) == 0;
  const std::uint64_t seed = mutator.random.Below(kSeeds);
  cadastre::script::Script script = cadastre::script::DecodeAny({input, size});
  script = join && other_size > 0
               ? cadastre::fuzz::CrossOver(std::move(script),
                                           cadastre::script::DecodeAny({other, other_size}), seed)
               : cadastre::fuzz::Mutate(std::move(script), seed);
  mutator.output = cadastre::fuzz::EncodeWithin(std::move(script), max_size);
  // AFL++ takes no null; with nothing in it, it goes on to its next mutation.
  *output = mutator.output.empty() ? input : mutator.output.data();
  return mutator.output.size();
}

std::int32_t afl_custom_init_trim(void* data, std::uint8_t* input, std::size_t size) {
  return Of(data).trimming.Start({input, size});
}

std::size_t afl_custom_trim(void* data, std::uint8_t** output) {
  Mutator& mutator = Of(data);
  mutator.output = mutator.trimming.Next();
  *output = mutator.output.data();
  return mutator.output.size();
}

std::int32_t afl_custom_post_trim(void* data, std::uint8_t success) {
  return Of(data).trimming.Judge(success != 0);
}
