// SPDX-License-Identifier: Apache-2.0
#include "harness/oracle/colours.h"

#include "harness/oracle/report.h"

namespace cadastre::oracle {
namespace {

SecretOf Join(SecretOf a, SecretOf b) {
  if (a == kNobody || a == b) return b;
  return b == kNobody ? a : kSeveral;
}

std::string NameOf(SecretOf secret) {
  switch (secret) {
    case kEl2:
      return "secret of EL2";
    case kSeveral:
      return "secrets of several";
    default:
      return Format("secret of VM 0x%x", secret);
  }
}

}  // namespace

std::string Describe(const PageColours& colours) {
  std::string text = colours.cached == kNobody ? "" : NameOf(colours.cached);
  if (colours.is_public) text += text.empty() ? "public" : ", public";
  if (text.empty()) text = "zero";
  if (colours.memory != colours.cached && colours.memory != kNobody)
    text += "; memory behind the caches: " + NameOf(colours.memory);
  return text;
}

Colours::Colours(const State& state) : pages_(state.ram().size()), touched_(state.ram().size()) {
  for (PageIndex page = 0; page < pages_.size(); ++page) {
    if (state.boot_page(page).row == Row::kHyp) pages_[page] = {.cached = kEl2, .memory = kEl2};
  }
  boot_ = pages_;
}

void Colours::NoteStore(PageIndex page, SecretOf secret) {
  PageColours& colours = Edit(page);
  if (secret == kNobody) {
    colours.is_public = true;
    return;
  }
  // A line may be written back at any time.
  colours.cached = Join(colours.cached, secret);
  colours.memory = Join(colours.memory, secret);
}

void Colours::NoteZero(PageIndex page) {
  PageColours& colours = Edit(page);
  colours.cached = kNobody;
  colours.is_public = false;
}

void Colours::NoteClean(PageIndex page) {
  PageColours& colours = Edit(page);
  colours.memory = colours.cached;
}

void Colours::Declassify(PageIndex page) {
  PageColours& colours = Edit(page);
  colours.cached = kNobody;
  colours.is_public = true;
}

void Colours::Reset() {
  for (const PageIndex page : touched_.members()) pages_[page] = boot_[page];
  touched_.Clear();
}

}  // namespace cadastre::oracle
