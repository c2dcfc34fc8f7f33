// SPDX-License-Identifier: Apache-2.0
// Locks as witnesses: a function that needs a lock takes a reference to its witness, and only
// locking makes one. The order is VM table, VM, host, EL2, pool. Strict two-phase: a call takes all
// it needs before its first state-dependent read.
#ifndef CADASTRE_SERVICE_LOCKS_H_
#define CADASTRE_SERVICE_LOCKS_H_

#include <cstdint>

#include "pgtable/platform.h"

namespace cadastre {

// Holds one lock from construction to destruction.
template <class P, LockId kId>
class Locked {
 public:
  explicit Locked(P& p) : p_(p) { p_.Lock(kId); }
  ~Locked() { p_.Unlock(kId); }
  Locked(const Locked&) = delete;
  Locked& operator=(const Locked&) = delete;

 private:
  P& p_;
};

template <class P>
using VmTableLocked = Locked<P, LockId::kVmTable>;
template <class P>
using HostLocked = Locked<P, LockId::kHost>;
template <class P>
using El2Locked = Locked<P, LockId::kEl2>;
template <class P>
using PoolLocked = Locked<P, LockId::kPool>;

// Holds the lock of one VM slot.
template <class P>
class VmLocked {
 public:
  VmLocked(P& p, unsigned slot) : p_(p), slot_(slot) { p_.Lock(Id()); }
  ~VmLocked() { p_.Unlock(Id()); }
  VmLocked(const VmLocked&) = delete;
  VmLocked& operator=(const VmLocked&) = delete;
  unsigned slot() const { return slot_; }

 private:
  LockId Id() const { return static_cast<LockId>(static_cast<unsigned>(LockId::kVmBase) + slot_); }
  P& p_;
  unsigned slot_;
};

// Sets that calls take together, in order.
template <class P>
struct NoMoreLocks {
  explicit constexpr NoMoreLocks(P&) {}
};
template <class P>
struct HostAndPoolLocked {
  explicit HostAndPoolLocked(P& p) : host(p), pool(p) {}
  HostLocked<P> host;
  PoolLocked<P> pool;
};
template <class P>
struct HypMemoryLocked {
  explicit HypMemoryLocked(P& p) : host(p), el2(p), pool(p) {}
  HostLocked<P> host;
  El2Locked<P> el2;
  PoolLocked<P> pool;
};

}  // namespace cadastre

#endif  // CADASTRE_SERVICE_LOCKS_H_
