// SPDX-License-Identifier: Apache-2.0
// The specification S: what each call of ABI.md answers, and what it makes of the abstract state. A
// call is a list of (row, predicate) in ascending order, then its updates, as the manual has it;
// nothing is read from tables.
#ifndef CADASTRE_HARNESS_ORACLE_SPECIFICATION_H_
#define CADASTRE_HARNESS_ORACLE_SPECIFICATION_H_

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "harness/oracle/oracle.h"
#include "harness/oracle/state.h"

namespace cadastre::oracle {

// What x1, x2, ... of a call mean, by the manual's kinds (section 1).
enum class Argument : std::uint8_t {
  kVm,
  kPfn,
  kGfn,
  kCount,
  kProt,
  kFlag,
  kId,
  kVmFlags,
  kIpaBits,
  kMetaPfn,
  kRootPfn,
  kListCount,
  kVcpuIndex,
  kRunPfn,
  kEntry,
  kContext,
  kIpa,
  kZero,  // may stand several times
};
inline constexpr std::size_t kArguments = 18;

// Words that the host may change at any time. Each is asked for once, in the order in which the
// core must read it.
class HostWords {
 public:
  virtual ~HostWords() = default;
  virtual std::uint64_t Read(std::uint64_t address) = 0;
};

// A call under judgement: its arguments, and the state as it is before.
struct Step {
  State& state;
  unsigned cpu = 0;
  std::array<std::uint64_t, kArguments> values{};
  Vm* vm = nullptr;   // the VM that the handle names, or the guest's own; set if there is one
  unsigned slot = 0;  // of vm
  std::span<const Range> ranges;  // the call's range, or the entries of its list

  std::uint64_t operator[](Argument argument) const {
    return values[static_cast<std::size_t>(argument)];
  }
  std::uint8_t VmTag() const { return static_cast<std::uint8_t>(slot + 1); }
};

// The detail if the row refuses, nullopt if it passes. Called only when all lower rows have passed.
using Predicate = std::optional<std::uint64_t> (*)(const Step&);

struct RowRule {
  unsigned row;
  Predicate refuses;
};

// gfns [first, first + count).
struct GfnSpan {
  std::uint64_t first = 0;
  std::uint64_t count = 0;
};

// What a successful step returns and where it may leave traces; pages whose S changed are in
// State::changes().
struct Effect {
  std::uint64_t x2 = 0;
  std::uint64_t x3 = 0;
  std::optional<unsigned> vm_slot;             // whose own pages it may store to
  std::vector<GfnSpan> gfns;                   // of that VM: whose entries it may store
  std::optional<unsigned> created;             // slot whose root came to be
  std::optional<unsigned> finished;            // slot whose root is gone
  std::uint64_t finished_root = 0;             // its first page
  std::optional<PageSpan> granules;            // pages whose host granules it may rebuild
  std::vector<PageIndex> transit;              // pages that wait for event 2
  std::optional<PageIndex> queried_pool_page;  // x2 tells whether it is a table, which S does not
  std::optional<PageIndex> vcpu_page;          // of a vCPU that it loads, puts or turns on
  bool ends_vcpus = false;                     // all of the VM: its metadata names them
  bool enters_guest = false;
  bool is_scrubbed = false;  // all pages of changes() read zero afterwards
  bool stores_tables =
      false;  // false: no entries and no tables, only records of the pages that changed

  void Clear();
};

// How the words of a list form's entries are used.
enum class ListWords : std::uint8_t { kNoList, kPfns, kGfns, kPfnsAndGfns };

struct CallSpecification {
  unsigned number = 0;  // function id 0xC6000000 + number
  const char* name = nullptr;
  std::span<const Argument> arguments;
  std::span<const RowRule> rows;
  void (*update)(Step&, Effect&) = nullptr;
  ListWords list = ListWords::kNoList;
};

// The calls by group, each in ascending number.
std::span<const CallSpecification> AnyCallerCalls();    // section 6
std::span<const CallSpecification> HostPageCalls();     // section 7, pages of the host and EL2
std::span<const CallSpecification> SharedPageCalls();   // section 7, pages shared with plain guests
std::span<const CallSpecification> PrivatePageCalls();  // section 7, pages of protected guests
std::span<const CallSpecification> VmCalls();           // section 8, the life of a VM
std::span<const CallSpecification> ReclaimCalls();      // section 8, what a VM holds
std::span<const CallSpecification> VcpuCalls();         // section 8, vCPUs
std::span<const CallSpecification> QueryCalls();        // section 8, checking builds only
std::span<const CallSpecification> GuestCalls();        // section 9

// All calls of the manual, whichever build answers them.
std::span<const CallSpecification* const> AllCalls();
// Whether only guests make the call.
bool IsGuestCall(const CallSpecification& call);
// Whether a build answers a call of the host.
bool IsAnswered(const MachineFacts& facts, const CallSpecification& call);

enum class Outcome : std::uint8_t { kUnknown, kRefused, kDone };

// How far S has stepped. kSecond waits for event 2 of a call that scrubs, or for the second call
// that a CPU's going off stands for.
enum class Progress : std::uint8_t { kFirst, kSecond, kOver };

// The words that EL2 stores to a run page when a vCPU leaves.
inline constexpr unsigned kRunPageWords = 38;
struct RunPage {
  std::uint64_t pfn = 0;
  std::array<std::uint64_t, kRunPageWords> words{};
};

// What S says of one operation so far.
struct Judgement {
  Progress progress = Progress::kFirst;
  Outcome outcome = Outcome::kDone;
  Expectation expected{};
  const CallSpecification* call = nullptr;
  Effect effect{};                       // of the latest step
  std::vector<Range> ranges{};           // of the call
  std::vector<std::uint64_t> reads{};    // addresses of the host's words, as they must be read
  std::optional<RunPage> run_page{};     // if a vCPU left
  std::optional<PageIndex> vcpu_page{};  // of the vCPU whose registers EL2 has at hand
  std::optional<Exit> exit{};

  // For a new operation; keeps capacities.
  void Clear();
};

// Judges the next event of an operation and moves `state` on. Not after kOver.
void StepOperation(State& state, const Operation& operation, HostWords& host, Judgement& judgement);

// Operations by trap; each is event 1 of StepOperation.
void StepHypercall(State& state, const Operation& operation, HostWords& host, Judgement& judgement);
void StepGuestTrap(State& state, const Operation& operation, HostWords& host, Judgement& judgement);

// Fills step.values from the registers of the call's window, and step.ranges where it is no list.
void DecodeArguments(std::span<const std::uint64_t> registers, Step& step, Judgement& judgement);
// Judges the rows of judgement.call: the first that refuses, and its detail. Reads the list when
// the rows before it have passed.
struct Refusal {
  unsigned row;
  std::uint64_t detail;
};
std::optional<Refusal> JudgeRows(Step& step, HostWords& host, Judgement& judgement);

// The answer to a call in section 1's registers: refusals and successes.
void AnswerCall(const std::optional<Refusal>& refusal, const Effect& effect,
                std::span<std::uint64_t> x);

// What becomes of a host abort (section 10). S does not change.
AbortOutcome JudgeHostAbort(const State& state, std::uint64_t address, Access access);

// list_page_set(clear) of section 7, where a page is set.
void UnpinListPage(State& state, unsigned cpu);
// vcpu_put of section 8.
void PutVcpu(State& state, unsigned cpu);
// An event 1 that enters a guest, and the words that the host wrote for it.
void EnterGuest(Step& step, HostWords& host, Judgement& judgement);

inline constexpr std::uint64_t kUnknownCall = ~std::uint64_t{0};
inline constexpr std::uint64_t kIgnoredHint = std::uint64_t{1} << 16;  // of x0, SMCCC's
inline constexpr std::uint64_t kFunctionBase = 0xC6000000;

}  // namespace cadastre::oracle

#endif  // CADASTRE_HARNESS_ORACLE_SPECIFICATION_H_
