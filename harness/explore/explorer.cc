// SPDX-License-Identifier: Apache-2.0
#include "harness/explore/explorer.h"

#include <algorithm>
#include <utility>

namespace cadastre::explore {
namespace {

inline constexpr char kTwinsDiffer[] = "TWINS_DIFFER";

// Rows 101 to 107 look at registers alone.
constexpr unsigned kFirstShapeRow = 101;
constexpr unsigned kLastShapeRow = 107;
constexpr std::uint64_t kMostTwins = 512;

std::uint64_t Stir(std::uint64_t x) {
  x = (x ^ x >> 31) * 0xBF58476D1CE4E5B9;
  x = (x ^ x >> 27) * 0x94D049BB133111EB;
  return x ^ x >> 31;
}

bool IsShape(const MoveResult& result) {
  return result.kind == MoveResult::Kind::kRefused && result.row >= kFirstShapeRow &&
         result.row <= kLastShapeRow;
}

// One move's part of a state's answers.
std::uint64_t Answer(std::uint64_t kind, const MoveResult& result,
                     const oracle::CanonicalDigest& after) {
  const auto what = static_cast<std::uint64_t>(result.kind);
  return Stir(Stir(Stir(kind * 4 + what) + result.row) + after.low);
}

}  // namespace

Explorer::Explorer(const World& world)
    : world_(world), driver_(world), by_shape_(driver_.moves(), false) {
  if (auto failure = driver_.Reset()) {
    Found(*std::move(failure), {});
    return;
  }
  states_.push_back({});
  digests_.push_back(driver_.State());
  known_.emplace(digests_.front(), 0);
  NoteOrbit(driver_.Orbit());
}

void Explorer::NoteOrbit(const oracle::CanonicalDigest& orbit) {
  if (known_orbits_.insert(orbit).second) orbits_.push_back(orbit);
  counts_.orbits = orbits_.size();
}

std::vector<MoveNumber> Explorer::PathTo(std::uint32_t state) const {
  std::vector<MoveNumber> path;
  for (; state != 0; state = states_[state].parent) path.push_back(states_[state].move);
  std::reverse(path.begin(), path.end());
  return path;
}

bool Explorer::Walk(const std::vector<MoveNumber>& path) {
  if (auto failure = driver_.Reset()) {
    Found(*std::move(failure), {});
    return false;
  }
  for (std::size_t i = 0; i < path.size(); ++i) {
    auto result = driver_.Make(path[i]);
    if (!result.failure) continue;
    Found(*std::move(result.failure), {path.begin(), path.begin() + static_cast<long>(i) + 1});
    return false;
  }
  return true;
}

bool Explorer::TakeState() {
  if (finding_ || next_ == states_.size()) return false;
  const auto state = static_cast<std::uint32_t>(next_);
  const std::vector<MoveNumber> path = PathTo(state);
  if (!Walk(path)) return false;
  if (driver_.NothingUnderWay()) {
    if (auto failure = driver_.runner().Sweep()) {
      Found(*std::move(failure), path);
      return false;
    }
  }
  const auto answers = MakeAllMoves(state, path, Purpose::kExplore);
  if (!answers) return false;
  states_[state].answers = *answers;
  ++next_;
  std::vector<Twin> waiting = std::exchange(twins_, {});
  for (const Twin& twin : waiting) {
    if (twin.state >= next_) {
      twins_.push_back(twin);
    } else if (!CompareTwin(twin)) {
      return false;
    }
  }
  counts_.operations = operations_before_ + driver_.operations();
  return true;
}

std::optional<std::uint64_t> Explorer::MakeAllMoves(std::uint32_t from,
                                                    const std::vector<MoveNumber>& path,
                                                    Purpose purpose) {
  std::uint64_t answers = 0;
  walked_ = path;
  const Driver::Exact exact = driver_.ExactState();
  const RawDigest raw_here = driver_.Raw();
  RawDigest raw = raw_here;
  const oracle::CanonicalDigest here = driver_.State();
  for (MoveNumber move = 0; move < driver_.moves(); ++move) {
    if (by_shape_[move]) continue;
    MoveResult result = driver_.Make(move);
    if (result.failure) {
      Found(*std::move(result.failure), path, move);
      return std::nullopt;
    }
    if (result.kind == MoveResult::Kind::kNone) continue;
    const bool is_untouched = driver_.Raw() == raw;
    const oracle::CanonicalDigest after = is_untouched ? here : driver_.State();
    const bool is_shape = StandsAlone(move) && IsShape(result);
    if (!is_shape && IsClosed(move)) answers += Answer(KindOf(move), result, after);
    if (purpose == Purpose::kExplore) {
      Count(result, after != here);
      if (is_shape) by_shape_[move] = true;
      if (after != here) Arrive(from, move, after);
    }
    if (is_untouched) continue;
    if (after == here && driver_.ExactState() == exact) {
      walked_.push_back(move);
      raw = driver_.Raw();
      continue;
    }
    if (!Walk(path)) return std::nullopt;
    walked_ = path;
    raw = raw_here;
  }
  return answers;
}

bool Explorer::IsClosed(MoveNumber move) const {
  return move >= world_.moves.size() || world_.moves[move].closed == Move::Closed::kUnderRenaming;
}

// No other call comes before the one that answers.
bool Explorer::StandsAlone(MoveNumber move) const {
  return move < world_.moves.size() && world_.moves[move].main == 0;
}

// Moves that renaming may turn into each other have the same.
std::uint64_t Explorer::KindOf(MoveNumber move) const {
  if (move >= world_.moves.size()) return ~std::uint64_t{0};
  const Move& known = world_.moves[move];
  return static_cast<std::uint64_t>(known.calls[known.main].op.code);
}

void Explorer::Count(const MoveResult& result, bool has_changed) {
  ++counts_.tried;
  if (result.kind == MoveResult::Kind::kDone) ++counts_.succeeded;
  if (has_changed) ++counts_.changed;
}

void Explorer::Arrive(std::uint32_t from, MoveNumber move, const oracle::CanonicalDigest& digest) {
  const auto [place, is_new] = known_.emplace(digest, static_cast<std::uint32_t>(states_.size()));
  if (is_new) {
    const auto depth = static_cast<std::uint16_t>(states_[from].depth + 1);
    states_.push_back({.parent = from, .move = move, .depth = depth});
    digests_.push_back(digest);
    NoteOrbit(driver_.Orbit());
    counts_.depth = std::max<std::uint64_t>(counts_.depth, depth);
    return;
  }
  const std::uint64_t lot = Stir(digest.high + Stir(std::uint64_t{from} << 16 | move));
  if (place->second == from || lot % world_.twin_every != 0) return;
  if (counts_.twins + twins_.size() < kMostTwins) twins_.push_back({place->second, from, move});
}

// A state reached by another way: every move must answer there as it did, and lead where it led.
bool Explorer::CompareTwin(const Twin& twin) {
  std::vector<MoveNumber> path = PathTo(twin.parent);
  path.push_back(twin.move);
  if (!Walk(path)) return false;
  const auto answers = MakeAllMoves(twin.state, path, Purpose::kCompare);
  if (!answers) return false;
  ++counts_.twins;
  if (*answers == states_[twin.state].answers) return true;
  run::Failure failure{
      .violation = {.id = kTwinsDiffer,
                    .detail =
                        "the same state up to renaming, reached in two ways, answers differently",
                    .also = {}},
      .op_index = 0,
      .call = "explore"};
  Found(std::move(failure), std::move(path));
  return false;
}

// What the moves do as a script, as far as they go.
std::vector<script::Op> Explorer::Script(const std::vector<MoveNumber>& moves,
                                         std::string& broken) {
  std::vector<script::Op> ops;
  driver_.set_record(&ops);
  auto failure = driver_.Reset();
  for (std::size_t i = 0; i < moves.size() && !failure; ++i)
    failure = driver_.Make(moves[i]).failure;
  driver_.set_record(nullptr);
  broken = failure ? failure->violation.id : "";
  return ops;
}

// The shortest path to it, if moves that were made on the way and changed nothing play no part.
void Explorer::Found(run::Failure failure, std::vector<MoveNumber> path,
                     std::optional<MoveNumber> last) {
  if (last) path.push_back(*last);
  std::string broken;
  Finding finding{.failure = std::move(failure), .ops = Script(path, broken)};
  if (last && broken != finding.failure.violation.id) {
    walked_.push_back(*last);
    finding.ops = Script(walked_, broken);
  }
  finding_ = std::move(finding);
}

std::vector<bool> Explorer::Cells() const {
  std::vector<bool> cells = cells_;
  const auto counters = driver_.oracle().CellCounters();
  cells.resize(counters.size());
  for (std::size_t i = 0; i < counters.size(); ++i) {
    if (counters[i] != 0) cells[i] = true;
  }
  return cells;
}

}  // namespace cadastre::explore
