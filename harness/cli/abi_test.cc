// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "harness/cli/commands.h"
#include "service/abi/c_header.h"
#include "service/abi/calls.h"
#include "service/abi/guest_calls.h"

namespace cadastre {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

class AbiTest : public testing::Test {
 protected:
  // Exit status; what was printed is in out_ and err_.
  int Abi(std::vector<std::string> args) {
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    const int status = RunAbi(args);
    out_ = testing::internal::GetCapturedStdout();
    err_ = testing::internal::GetCapturedStderr();
    return status;
  }

  std::string out_;
  std::string err_;
};

// Is the text JSON of objects, arrays, plain strings and plain numbers? It is all eaten then.
class JsonEater {
 public:
  explicit JsonEater(std::string_view text) : rest_(text) {}
  bool All() { return Value() && rest_ == "\n"; }

 private:
  bool Eat(char c) {
    if (rest_.empty() || rest_[0] != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool String() {
    if (!Eat('"')) return false;
    while (!rest_.empty() && rest_[0] != '"' && rest_[0] != '\\' && rest_[0] >= ' ')
      rest_.remove_prefix(1);
    return Eat('"');
  }
  bool Number() {
    const std::size_t before = rest_.size();
    while (!rest_.empty() && std::isdigit(static_cast<unsigned char>(rest_[0])) != 0)
      rest_.remove_prefix(1);
    return rest_.size() < before;
  }
  bool Value() {
    if (rest_.empty()) return false;
    if (rest_[0] == '"') return String();
    if (rest_[0] != '{' && rest_[0] != '[') return Number();
    const bool object = Eat('{');
    const char end = object ? '}' : ']';
    if (!object) Eat('[');
    if (Eat(end)) return true;
    do {
      if (object && (!String() || !Eat(':'))) return false;
      if (!Value()) return false;
    } while (Eat(','));
    return Eat(end);
  }

  std::string_view rest_;
};

TEST_F(AbiTest, TableHasEachCallsIdCallerArgumentsAndRows) {
  EXPECT_EQ(Abi({}), kExitOk);
  EXPECT_THAT(out_,
              HasSubstr("0xC6000044  share_guest             host\n"
                        "            x1 vm, x2 pfn, x3 gfn, x4 count, x5 prot\n"
                        "            refuses EINVAL 101 103 104, ERANGE 107, ENOENT 201, ERANGE "
                        "205, EBUSY 301, EFAULT 401,\n"
                        "            EPERM 501 504, EEXIST 521, EOVERFLOW 602, ENOMEM 603\n\n"));
  for (const abi::Call& call : abi::kCalls) EXPECT_THAT(out_, HasSubstr(call.name));
  for (const abi::GuestCall& call : abi::kGuestCalls) EXPECT_THAT(out_, HasSubstr(call.name));
  EXPECT_THAT(out_, EndsWith("  603  TABLES_MISSING      ENOMEM\n"));
  EXPECT_EQ(err_, "");
}

TEST_F(AbiTest, OneCallIsPrintedInFull) {
  EXPECT_EQ(Abi({"--call=vcpu_load"}), kExitOk);
  EXPECT_EQ(out_,
            "vcpu_load  0xC600005A\n"
            "called by host\n"
            "  x1 vm       32 bits  handle of a VM\n"
            "  x2 index    32 bits  vCPU index, 0..63\n"
            "refuses, in this order\n"
            "  101  RESERVED_BITS       EINVAL\n"
            "  102  BAD_VALUE           EINVAL\n"
            "  201  NO_SUCH_VM          ENOENT\n"
            "  202  NO_SUCH_VCPU        ENOENT\n"
            "  303  CPU_OCCUPIED        EBUSY\n"
            "  304  VCPU_ELSEWHERE      EBUSY\n");
}

TEST_F(AbiTest, AGuestsCallIsFoundByItsNameToo) {
  EXPECT_EQ(Abi({"--call=relinquish"}), kExitOk);
  EXPECT_THAT(out_, StartsWith("relinquish  0xC6000009\n"
                               "called by protected guest; refused: x0 = -3 alone\n"));
}

TEST_F(AbiTest, EachCallHasAPageOfItsOwn) {
  for (const abi::Call& call : abi::kCalls) {
    EXPECT_EQ(Abi({std::string("--call=") + call.name}), kExitOk);
    EXPECT_THAT(out_, StartsWith(std::string(call.name) + "  0xC60000"));
  }
}

TEST_F(AbiTest, CHeaderIsThatOfTheBuild) {
  EXPECT_EQ(Abi({"--c-header"}), kExitOk);
  EXPECT_EQ(out_, abi::CHeader());
}

TEST_F(AbiTest, JsonIsOneLineWithEverything) {
  EXPECT_EQ(Abi({"--json"}), kExitOk);
  EXPECT_TRUE(JsonEater(out_).All());
  EXPECT_EQ(std::count(out_.begin(), out_.end(), '\n'), 1);
  EXPECT_THAT(out_, StartsWith("{\"version\":1,\"abi\":\""));
  EXPECT_THAT(out_, HasSubstr("{\"id\":3321888859,\"name\":\"vcpu_put\",\"family\":\"host\","
                              "\"caller\":\"host\",\"note\":\"\",\"args\":[],\"refusals\":[203]}"));
  EXPECT_THAT(out_, HasSubstr("{\"register\":\"x2\",\"name\":\"count\",\"bits\":64,"
                              "\"meaning\":\"pages, 1..512\"}"));
  EXPECT_THAT(out_, HasSubstr("{\"row\":603,\"name\":\"TABLES_MISSING\",\"errno\":\"ENOMEM\","
                              "\"error\":12}"));
  EXPECT_THAT(out_, HasSubstr("{\"name\":\"MAX_VCPUS\",\"value\":64,\"comment\":\"of a VM\"}"));
}

TEST_F(AbiTest, MisuseIsOneLine) {
  const std::vector<std::vector<std::string>> mistakes = {
      {"version"},
      {"--call=nothing_called_so"},
      {"--call="},
      {"--call=Version"},
      {"--what"},
      {"--json=1"},
      {"--json", "--call=version"},
      {"--json", "--c-header"},
  };
  for (const std::vector<std::string>& args : mistakes) {
    EXPECT_EQ(Abi(args), kExitMisuse) << args[0];
    EXPECT_EQ(out_, "");
    EXPECT_THAT(err_, StartsWith("cadastre abi: "));
    EXPECT_EQ(std::count(err_.begin(), err_.end(), '\n'), 1) << err_;
  }
}

TEST_F(AbiTest, HelpNamesTheFlags) {
  EXPECT_EQ(Abi({"--help"}), kExitOk);
  EXPECT_THAT(out_,
              StartsWith("usage: harness/cadastre abi [--call=NAME | --c-header | --json]\n"));
  EXPECT_THAT(out_, HasSubstr("--c-header"));
}

}  // namespace
}  // namespace cadastre
