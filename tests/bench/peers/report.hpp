// SPDX-License-Identifier: MIT
// One line of JSON for each row; the script `run` merges the rows of all rounds.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weft::bench {

/// Processor time of this process: other work on the machine is not in it.
[[nodiscard]] double processor_ms();

/// Processor time since it was made.
class watch {
public:
  [[nodiscard]] double ms() const { return processor_ms() - begun_; }

private:
  double begun_ = processor_ms();
};

class report {
public:
  report(std::string peer, std::string trace) : peer_(std::move(peer)), trace_(std::move(trace)) {}

  void values(std::string_view work, std::string_view unit, std::span<const double> all) const;
  void value(std::string_view work, std::string_view unit, double one) const {
    values(work, unit, std::span(&one, 1));
  }
  /// In the place of figures: why there are none.
  void note(std::string_view work, std::string_view why) const;
  /// What all peers must agree on.
  void check(std::string_view work, std::string_view text) const;

  /// Repeats `run`, which gives milliseconds, for a while.
  template <class Run>
  void repeat(std::string_view work, Run&& run) const {
    std::vector<double> all;
    const watch whole;
    while (all.empty() || (all.size() < most_runs() && whole.ms() < visit_ms())) {
      all.push_back(run());
    }
    values(work, "ms", all);
  }

private:
  /// How often one visit repeats a cell at most: 15, as the other side does, or $WEFT_PEERS_RUNS,
  /// so that a profiler sees enough of one work.
  [[nodiscard]] static std::size_t most_runs();
  /// How long one visit repeats a cell: $WEFT_PEERS_VISIT_MS, or 300.
  [[nodiscard]] static double visit_ms();

  std::string peer_;
  std::string trace_;
};

/// Says why and ends the program when a condition does not hold: a figure of a wrong result is
/// none.
void require(bool condition, const char* what);

/// Calls `work`. Callgrind's --toggle-collect finds the counted part by this name, which stands in
/// a file apart from its callers so that no compiler makes copies of it.
extern "C" void weft_counted(const std::function<void()>& work);

/// Keeps results from being optimised away.
void consume(std::uint64_t value) noexcept;

}  // namespace weft::bench
