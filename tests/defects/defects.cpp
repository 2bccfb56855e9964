// SPDX-License-Identifier: MIT
// The fast suite with one deliberate defect: `defect_suite NAME`; no name, no defect.
//
// Prints "noticed<TAB>by what" at the first test that fails, or "unnoticed", and whether the code
// with the defect ran at all. Built with WEFT_DEFECTS as a whole.
#define CATCH_CONFIG_RUNNER
#include "support/type_suite.hpp"
#include "weft/crdt/defect.hpp"

#include <catch2/catch.hpp>

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

namespace weft::tests {
namespace {

std::string failed_case;

// Remembers the first test case that failed.
struct first_failure : Catch::TestEventListenerBase {
  using TestEventListenerBase::TestEventListenerBase;
  void testCaseEnded(const Catch::TestCaseStats& stats) override {
    if (failed_case.empty() && !stats.totals.assertions.allOk()) {
      failed_case = stats.testInfo.name;
    }
  }
};
CATCH_REGISTER_LISTENER(first_failure)

// Says what is running, so that the caller knows what noticed when an assertion ends the program.
void announce(const std::string& what) {
  std::printf("running\t%s\n", what.c_str());
  std::fflush(stdout);
}

std::string noticed_by_laws(const type_suite& type) {
  if (type.operations) {
    return "";
  }
  announce("random laws of " + type.name);
  testing::law_options options;
  options.runs = 120;
  const testing::law_report r = type.laws(options);
  return r.failure ? "random laws of " + type.name + ": " + r.failure->what.law : "";
}

std::string noticed_by_model(const type_suite& type) {
  announce("model checker on " + type.name);
  for (suite_size size : {suite_size{3, 1, 6}, suite_size{2, 2, 5}, suite_size{2, 3, 2}}) {
    size.seconds = 10;
    const testing::model_report r = type.model(size);
    if (r.failure) {
      return "model checker on " + type.name + ": " + r.failure->what.law;
    }
  }
  return "";
}

// Of the test cases that these words of Catch2's name.
std::string noticed_by_cases(const std::string& which) {
  announce("unit tests " + which);
  static Catch::Session session;
  Catch::ConfigData data;
  data.abortAfter = 1;
  data.reporterName = "compact";
  data.outputFilename = "/dev/null";
  data.testsOrTags = {which};
  session.useConfigData(data);
  return session.run() == 0 ? "" : "unit test: " + failed_case;
}

std::string noticed_by_types(const std::function<bool(const type_suite&)>& wanted) {
  for (auto* check : {noticed_by_laws, noticed_by_model}) {
    for (const type_suite& type : type_suites()) {
      if (std::string by = wanted(type) ? check(type) : ""; !by.empty()) {
        return by;
      }
    }
  }
  return "";
}

// The quickest first: the type's own suite notices most, the model checker over all takes longest.
std::string first_notice(const std::string& defect) {
  const auto own = [name = defect.substr(0, defect.find('.'))](const type_suite& type) {
    return type.name == name;
  };
  std::string by = noticed_by_types(own);
  if (by.empty()) {
    by = noticed_by_cases("~[long]");
  }
  if (by.empty()) {
    by = noticed_by_cases("[long]");
  }
  return by.empty() ? noticed_by_types(std::not_fn(own)) : by;
}

}  // namespace
}  // namespace weft::tests

int main(int argc, char** argv) {
  const std::string defect = argc > 1 ? argv[1] : "";
  weft::crdt::active_defect = defect;
  const std::string by = weft::tests::first_notice(defect);
  std::printf("%s\n", weft::crdt::defect_met ? "met" : "not met");
  if (by.empty()) {
    std::puts("unnoticed");
    return EXIT_SUCCESS;
  }
  std::printf("noticed\t%s\n", by.c_str());
  return 2;
}
