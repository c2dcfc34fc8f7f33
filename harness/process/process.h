// SPDX-License-Identifier: Apache-2.0
// Child processes of the command line tool: run one to its end, or read a long-running one line by
// line.
#ifndef CADASTRE_HARNESS_PROCESS_PROCESS_H_
#define CADASTRE_HARNESS_PROCESS_PROCESS_H_

#include <sys/types.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace cadastre {

// What to start.
struct CommandLine {
  // The program, looked up in PATH, and its arguments.
  std::vector<std::string> words = {};
  // NAME=VALUE, on top of the caller's.
  std::vector<std::string> environment = {};
  // Where it runs; empty: here.
  std::filesystem::path directory = {};
};

// Runs the command to its end and returns its standard output; its standard error is the caller's.
// kInternal, with a message for the user, when it can't be started or ends with another status than
// 0.
absl::StatusOr<std::string> RunForOutput(const CommandLine& command);

// A running child whose standard output and error come back as lines. Killed with its whole process
// group, should it still run when this object goes; killed by the kernel when this process dies.
class Child {
 public:
  static absl::StatusOr<Child> Start(const CommandLine& command);

  Child(Child&& other) noexcept;
  Child& operator=(Child&&) = delete;
  ~Child();

  // The end to poll for input.
  int descriptor() const { return descriptor_; }
  // The whole lines that have arrived, without waiting.
  std::vector<std::string> ReadLines();
  // True once the child has ended; its last lines may still be read.
  bool HasEnded();
  // The exit status, 128 + signal when a signal ended it; nullopt while it runs.
  std::optional<int> status() const { return status_; }
  // Sends the signal to the child's process group.
  void Signal(int signal) const;

 private:
  Child(pid_t pid, int descriptor) : pid_(pid), descriptor_(descriptor) {}

  pid_t pid_;
  int descriptor_;
  std::string partial_ = {};
  std::optional<int> status_ = {};
};

}  // namespace cadastre

#endif  // CADASTRE_HARNESS_PROCESS_PROCESS_H_
