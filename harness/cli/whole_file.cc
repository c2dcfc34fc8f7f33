// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/whole_file.h"

#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "absl/status/status.h"

namespace cadastre {
namespace {

namespace fs = std::filesystem;

// 0, or the errno of what failed.
int Write(const fs::path& path, std::span<const std::uint8_t> content) {
  errno = 0;
  std::ofstream stream(path, std::ios::binary | std::ios::trunc);
  stream.write(reinterpret_cast<const char*>(content.data()),
               static_cast<std::streamsize>(content.size()));
  stream.close();
  if (stream.good()) return 0;
  return errno == 0 ? EIO : errno;
}

absl::Status CanNotWrite(const std::string& path, int error) {
  return absl::InternalError("can't write " + path + ": " + std::generic_category().message(error));
}

}  // namespace

absl::StatusOr<std::string> ReadWholeFile(const std::string& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (!fs::exists(status)) return absl::NotFoundError(path + ": no such file");
  if (fs::is_directory(status)) return absl::NotFoundError(path + ": a folder, not a file");
  std::ifstream stream(path, std::ios::binary);
  std::string content;
  std::array<char, 65536> buffer;
  // Stream iterators would throw what read() keeps as badbit.
  while (stream.read(buffer.data(), buffer.size()) || stream.gcount() > 0) {
    content.append(buffer.data(), static_cast<std::size_t>(stream.gcount()));
  }
  if (!stream.eof() || stream.bad()) return absl::NotFoundError(path + ": can't read it");
  return content;
}

absl::Status WriteWholeFile(const std::string& path, std::span<const std::uint8_t> content) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (fs::is_directory(status)) return CanNotWrite(path, EISDIR);
  if (fs::exists(status) && !fs::is_regular_file(status)) {
    const int failed = Write(path, content);
    return failed == 0 ? absl::OkStatus() : CanNotWrite(path, failed);
  }
  const fs::path fresh = path + ".new";
  int failed = Write(fresh, content);
  if (failed == 0) {
    fs::rename(fresh, path, error);
    failed = error.value();
  }
  if (failed == 0) return absl::OkStatus();
  fs::remove(fresh, error);
  return CanNotWrite(path, failed);
}

absl::Status CopyWholeFile(const std::string& from, const std::string& to) {
  const absl::StatusOr<std::string> content = ReadWholeFile(from);
  if (!content.ok()) return content.status();
  return WriteWholeFile(to,
                        {reinterpret_cast<const std::uint8_t*>(content->data()), content->size()});
}

}  // namespace cadastre
