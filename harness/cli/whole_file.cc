// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/whole_file.h"

#include <array>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "absl/status/status.h"

namespace cadastre {
namespace {

namespace fs = std::filesystem;

bool Write(const fs::path& path, std::span<const std::uint8_t> content) {
  std::ofstream stream(path, std::ios::binary | std::ios::trunc);
  stream.write(reinterpret_cast<const char*>(content.data()),
               static_cast<std::streamsize>(content.size()));
  stream.close();
  return stream.good();
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
  const absl::Status failed = absl::InternalError("can't write " + path);
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (fs::is_directory(status)) return failed;
  if (fs::exists(status) && !fs::is_regular_file(status))
    return Write(path, content) ? absl::OkStatus() : failed;
  const fs::path fresh = path + ".new";
  bool done = Write(fresh, content);
  if (done) fs::rename(fresh, path, error);
  done = done && !error;
  if (!done) fs::remove(fresh, error);
  return done ? absl::OkStatus() : failed;
}

}  // namespace cadastre
