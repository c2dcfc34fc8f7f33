// SPDX-License-Identifier: Apache-2.0
#include "harness/process/process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"

namespace cadastre {
namespace {

constexpr int kNoDescriptor = -1;
constexpr int kCouldNotExecute = 127;

enum class Output { kStandardOutput, kOutputAndError };

int StatusOf(int wait_status) {
  return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}

// In the child: becomes the command, or ends.
[[noreturn]] void Become(const CommandLine& command, int write_end, Output output) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  dup2(write_end, STDOUT_FILENO);
  if (output == Output::kOutputAndError) {
    dup2(write_end, STDERR_FILENO);
    setpgid(0, 0);  // the terminal's Ctrl-C goes to us alone, and we pass it on
  }
  std::error_code error;
  if (!command.directory.empty()) std::filesystem::current_path(command.directory, error);
  for (const std::string& setting : command.environment) putenv(const_cast<char*>(setting.c_str()));
  std::vector<char*> words;
  for (const std::string& word : command.words) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  execvp(words[0], words.data());
  std::fprintf(stderr, "%s: %s\n", words[0], std::strerror(errno));
  _exit(kCouldNotExecute);
}

struct Started {
  pid_t pid;
  int descriptor;
};

absl::StatusOr<Started> Fork(const CommandLine& command, Output output) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0)
    return absl::InternalError(absl::StrCat("pipe: ", std::strerror(errno)));
  std::fflush(nullptr);
  const pid_t pid = fork();
  if (pid < 0) return absl::InternalError(absl::StrCat("fork: ", std::strerror(errno)));
  if (pid == 0) Become(command, ends[1], output);
  close(ends[1]);
  return Started{pid, ends[0]};
}

}  // namespace

absl::StatusOr<std::string> RunForOutput(const CommandLine& command) {
  const absl::StatusOr<Started> started = Fork(command, Output::kStandardOutput);
  if (!started.ok()) return started.status();
  std::string text;
  std::array<char, 4096> buffer;
  ssize_t got = 0;
  while ((got = read(started->descriptor, buffer.data(), buffer.size())) != 0) {
    if (got > 0) text.append(buffer.data(), static_cast<std::size_t>(got));
    if (got < 0 && errno != EINTR) break;
  }
  close(started->descriptor);
  int status = 0;
  while (waitpid(started->pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (StatusOf(status) != 0) {
    return absl::InternalError(
        absl::StrCat(command.words[0], " ended with status ", StatusOf(status)));
  }
  return text;
}

absl::StatusOr<Child> Child::Start(const CommandLine& command) {
  const absl::StatusOr<Started> started = Fork(command, Output::kOutputAndError);
  if (!started.ok()) return started.status();
  setpgid(started->pid, started->pid);  // as the child does; whoever is first
  fcntl(started->descriptor, F_SETFL, O_NONBLOCK);
  return Child(started->pid, started->descriptor);
}

Child::Child(Child&& other) noexcept
    : pid_(other.pid_),
      descriptor_(std::exchange(other.descriptor_, kNoDescriptor)),
      partial_(std::move(other.partial_)),
      status_(other.status_) {}

Child::~Child() {
  if (descriptor_ == kNoDescriptor) return;
  if (!HasEnded()) {
    Signal(SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  close(descriptor_);
}

std::vector<std::string> Child::ReadLines() {
  std::array<char, 65536> buffer;
  ssize_t got = 0;
  while ((got = read(descriptor_, buffer.data(), buffer.size())) > 0) {
    partial_.append(buffer.data(), static_cast<std::size_t>(got));
  }
  std::vector<std::string> lines;
  std::size_t start = 0;
  for (std::size_t end = 0; (end = partial_.find('\n', start)) != std::string::npos;
       start = end + 1) {
    lines.push_back(partial_.substr(start, end - start));
  }
  partial_.erase(0, start);
  return lines;
}

bool Child::HasEnded() {
  if (status_.has_value()) return true;
  int status = 0;
  if (waitpid(pid_, &status, WNOHANG) != pid_) return false;
  status_ = StatusOf(status);
  return true;
}

void Child::Signal(int signal) const {
  if (!status_.has_value()) kill(-pid_, signal);
}

}  // namespace cadastre
