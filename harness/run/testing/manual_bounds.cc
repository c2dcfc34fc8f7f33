// SPDX-License-Identifier: Apache-2.0
#include "harness/run/testing/manual_bounds.h"

#include <fstream>
#include <iterator>
#include <regex>

namespace cadastre::run {

std::string Manual() {
  std::ifstream stream("service/ABI.md");
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::map<std::string, std::string> TouchesOfManual() {
  std::map<std::string, std::string> out;
  const std::string manual = Manual();
  const std::regex head(R"(\n\*\*0x[0-9A-Fa-f]+ ([a-z_]+)\()");
  const std::regex touches(R"([Tt]ouches\s+([^.]*)\.)");
  const auto end = std::sregex_iterator();
  for (auto it = std::sregex_iterator(manual.begin(), manual.end(), head); it != end; ++it) {
    const auto from = static_cast<std::size_t>(it->position() + it->length());
    const std::string text = manual.substr(from, manual.find("\n**0x", from) - from);
    std::smatch match;
    if (!std::regex_search(text, match, touches)) continue;
    out[(*it)[1]] = std::regex_replace(match[1].str(), std::regex(R"(\s+)"), " ");
  }
  for (auto& [call, text] : out) {
    if (text.starts_with("as ")) text = out.at(text.substr(3));
  }
  return out;
}

std::uint64_t TermOf(const std::string& term, std::uint64_t n, std::uint64_t r) {
  constexpr std::uint64_t kTableMade = 514;
  constexpr std::uint64_t kMostRootPages = 16;
  if (term == "h") return n + kTableMade * 2 * r;
  if (term == "g") return n + kTableMade * 8 * r;
  if (term == "e") return n + kTableMade * 6 * r;
  if (term == "n") return n;
  if (term.ends_with(" R")) return std::stoull(term) * kMostRootPages;
  return std::stoull(term);
}

Bound BoundOf(const std::string& touches, std::uint64_t n, std::uint64_t r) {
  Bound bound;
  std::smatch match;
  if (std::regex_search(touches, match, std::regex("([0-9]+) records?"))) {
    bound.records = std::stoull(match[1]);
  }
  if (std::regex_search(touches, match, std::regex("([0-9]+) cells?"))) {
    bound.cells = std::stoull(match[1]);
  }
  if (bound.records != 0 || bound.cells != 0) return bound;
  if (std::regex_search(touches, match, std::regex("^([0-9]+) for each span"))) {
    bound.entries = std::stoull(match[1]);
    return bound;
  }
  const std::string sum = touches.substr(0, touches.find(','));
  const std::regex term("[a-z0-9]+( R)?");
  const auto end = std::sregex_iterator();
  for (auto it = std::sregex_iterator(sum.begin(), sum.end(), term); it != end; ++it) {
    bound.entries += TermOf(it->str(), n, r);
  }
  return bound;
}

}  // namespace cadastre::run
