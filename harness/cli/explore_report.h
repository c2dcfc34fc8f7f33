// SPDX-License-Identifier: Apache-2.0
// What cadastre explore says: while it runs, and at its end.
#ifndef CADASTRE_HARNESS_CLI_EXPLORE_REPORT_H_
#define CADASTRE_HARNESS_CLI_EXPLORE_REPORT_H_

#include <chrono>
#include <string>
#include <vector>

#include "harness/explore/session.h"

namespace cadastre::explore {

std::string FormatProgress(const std::vector<Progress>& worlds,
                           std::chrono::duration<double> taken);

// A table of the worlds, what no world reached and why, and a violation as a script. Ends with a
// line end.
std::string FormatText(const Session& session, double seconds);
std::string FormatJson(const Session& session, double seconds);

}  // namespace cadastre::explore

#endif  // CADASTRE_HARNESS_CLI_EXPLORE_REPORT_H_
