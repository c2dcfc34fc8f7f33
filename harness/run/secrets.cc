// SPDX-License-Identifier: Apache-2.0
#include "harness/run/secrets.h"

#include <algorithm>

namespace cadastre::run {
namespace {

// Registers that guests compute secrets in. No operation of a script names them but accesses.
constexpr unsigned kFirstSecretRegister = 24;
constexpr unsigned kZeroRegister = 31;
constexpr std::uint64_t kConditionFlags = std::uint64_t{0xf} << 28;  // of PSTATE
constexpr std::uint64_t kPcOfInstruction = 0x0000'7fff'ffff'fffc;
constexpr std::uint64_t kOtherWorld = 0x5ec2'e75e'c2e7'5ec3;

// SplitMix64's finaliser: no two numbers give the same.
std::uint64_t Mix(std::uint64_t number) {
  std::uint64_t z = number + 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

}  // namespace

void Secrets::Begin(Subjects subjects) {
  subjects_ = subjects;
  stores_.clear();
  pass_ = Pass::kFirst;
  draws_ = 0;
  guests_.clear();
  next_store_ = 0;
  open_.clear();
  latest_.clear();
}

void Secrets::BeginSecond() {
  pass_ = Pass::kSecond;
  draws_ = 0;
  guests_.clear();
  next_store_ = 0;
  open_.clear();
  latest_.clear();
}

bool Secrets::IsSubject(std::uint64_t vm) const {
  const auto at = std::find(guests_.begin(), guests_.end(), vm);
  if (at == guests_.end()) return false;
  const bool is_even = (at - guests_.begin()) % 2 == 0;
  return subjects_ == Subjects::kAll || is_even == (subjects_ == Subjects::kEven);
}

// The next number: another one in the second run, if it is to differ.
std::uint64_t Secrets::Draw(bool differs) {
  const std::uint64_t number = Mix(++draws_);
  return differs && pass_ == Pass::kSecond ? number ^ kOtherWorld : number;
}

void Secrets::Compute(unsigned cpu, std::uint64_t vm, const script::ResolvedOp& op,
                      oracle::GuestRegisters& guest) {
  if (std::find(guests_.begin(), guests_.end(), vm) == guests_.end()) guests_.push_back(vm);
  const bool differs = IsSubject(vm);
  for (unsigned i = kFirstSecretRegister; i < guest.x.size(); ++i) guest.x[i] = Draw(differs);
  guest.pc = Draw(differs) & kPcOfInstruction;
  guest.pstate = (guest.pstate & ~kConditionFlags) | (Draw(differs) & kConditionFlags);
  if (cpu >= latest_.size()) latest_.resize(cpu + 1);
  latest_[cpu] = 0;
  const bool stores = op.what == script::ResolvedOp::What::kGuestAccess &&
                      op.access == oracle::Access::kWrite && op.guest_register != kZeroRegister;
  if (stores && differs) ComputeStore(cpu, guest.x[op.guest_register]);
}

void Secrets::ComputeStore(unsigned cpu, std::uint64_t& value) {
  const std::size_t store = next_store_++;
  if (pass_ == Pass::kFirst) stores_.push_back({.word = value});
  // Runs that have parted already may store more often.
  if (store >= stores_.size()) return;
  latest_[cpu] = store + 1;
  if (pass_ == Pass::kFirst) return;
  const bool same = stores_[store].fate == Store::Fate::kGivenAway;
  value = same ? stores_[store].word : stores_[store].word ^ kOtherWorld;
}

void Secrets::NoteStore(unsigned cpu, std::uint64_t pfn) {
  if (pass_ != Pass::kFirst || cpu >= latest_.size() || latest_[cpu] == 0) return;
  Store& store = stores_[latest_[cpu] - 1];
  store.pfn = pfn;
  store.fate = Store::Fate::kOpen;
  open_.push_back(latest_[cpu] - 1);
  latest_[cpu] = 0;
}

void Secrets::NoteExit(unsigned cpu) {
  if (pass_ != Pass::kFirst || cpu >= latest_.size() || latest_[cpu] == 0) return;
  stores_[latest_[cpu] - 1].fate = Store::Fate::kGivenAway;
  latest_[cpu] = 0;
}

void Secrets::Settle(const oracle::Oracle& oracle) {
  std::erase_if(open_, [&](std::size_t number) {
    Store& store = stores_[number];
    switch (oracle.UseOf(store.pfn).content) {
      case oracle::Content::kSecret:
        return false;
      case oracle::Content::kZero:
        store.fate = Store::Fate::kKept;
        return true;
      case oracle::Content::kPublic:
        store.fate = Store::Fate::kGivenAway;
        return true;
    }
    return false;
  });
}

void Secrets::UseParkedPage(std::uint64_t pfn, SimMemory& memory) {
  memory.Write((pfn << 12) + 8 * (Mix(draws_) % SimMemory::kWords), Draw(true));
}

}  // namespace cadastre::run
