// SPDX-License-Identifier: Apache-2.0
#include "harness/script/script.h"

namespace cadastre::script {

bool CanAnswer(OpCode code, Expectation::Answer answer) {
  using enum Expectation::Answer;
  const OpInfo& info = InfoOf(code);
  const bool raw_call = code == OpCode::kHvc || code == OpCode::kHvcImmediate;
  switch (answer) {
    case kSuccess:
    case kRefusal:
    case kUnknown:
      return info.call != nullptr || raw_call;
    case kAllowed:
      return code == OpCode::kHostAccess || code == OpCode::kHostWrite;
    case kInjected:
      return CanAnswer(code, kAllowed) || code == OpCode::kGuestAccess;
    case kGuest:
      return info.actor == Actor::kGuest || code == OpCode::kVcpuRun || raw_call;
    case kExit:
      return info.actor == Actor::kGuest;
    case kDone:
      return CanAnswer(code, kIdle) ? info.actor != Actor::kGuest : code == OpCode::kCpuOff;
    case kIdle:
      return info.actor == Actor::kGuest || code == OpCode::kListEntry || code == OpCode::kStep;
  }
  return false;
}

Script WithoutNotes(Script script) {
  script.head.clear();
  script.foot.clear();
  for (Op& op : script.ops) {
    op.expectation.reset();
    op.above.clear();
    op.comment.clear();
  }
  return script;
}

}  // namespace cadastre::script
