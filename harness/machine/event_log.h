// SPDX-License-Identifier: Apache-2.0
// What one operation did, in order. A vector would do, but that its push_back carries the code that
// grows it to each of the places where the core touches the machine.
#ifndef CADASTRE_HARNESS_MACHINE_EVENT_LOG_H_
#define CADASTRE_HARNESS_MACHINE_EVENT_LOG_H_

#include <cstddef>
#include <span>
#include <vector>

#include "harness/oracle/event.h"

namespace cadastre {

class EventLog {
 public:
  void Add(const oracle::Event& event) {
    if (size_ == room_.size()) [[unlikely]]
      Grow();
    room_[size_++] = event;
  }
  // Keeps the room.
  void Clear() { size_ = 0; }
  std::span<const oracle::Event> events() const { return std::span(room_).first(size_); }
  // For tests that strike an event.
  std::span<oracle::Event> events() { return std::span(room_).first(size_); }

 private:
  [[gnu::noinline]] void Grow() { room_.resize(room_.size() * 2 + kFirstRoom); }

  static constexpr std::size_t kFirstRoom = 256;
  std::vector<oracle::Event> room_;
  std::size_t size_ = 0;
};

}  // namespace cadastre

#endif  // CADASTRE_HARNESS_MACHINE_EVENT_LOG_H_
