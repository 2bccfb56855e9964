// SPDX-License-Identifier: MIT
// Growth: one row is one kind of work, measured at growing sizes until its time is used up.
//
// A row's cost may grow no worse than linear x log: the *exponent* is the slope of log(time) over
// log(size) between the largest size measured and the one about ten times smaller; n log n shows as
// 1.1 at most. Single-threaded; nothing here is kept between rows.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace weft::bench {

/// What a row is asked to do at one size. `prepare` is not timed and gives the work to time; the
/// work can be run once.
struct growth_row {
  std::string name;
  std::string unit;                  ///< what the size counts
  std::vector<std::uint64_t> sizes;  ///< ascending
  std::vector<std::uint64_t> big;    ///< more sizes, with --big only
  /// Runs the work of size n once and gives the nanoseconds of what is measured and how many
  /// things they were spent on.
  struct sample {
    double ns = 0;
    std::uint64_t things = 0;
  };
  std::function<sample(std::uint64_t n)> run;
  /// The size is not what grows the work (a text around a fixed number of edits): then time over
  /// size may not grow beyond log.
  double allowed = 1.0;
};

struct growth_point {
  std::uint64_t size = 0;
  double ns = 0;  ///< minimum
  std::uint64_t things = 0;
  double whole_s = 0;  ///< preparation included
};

struct growth_result {
  std::string name, unit;
  std::vector<growth_point> points;
  std::uint64_t skipped_size = 0;  ///< the first size left out for want of time; 0: none
  bool jumped = false;             ///< that size took over three times what was foreseen
  double exponent = 0;             ///< NaN with fewer than two points
  double allowed = 1.0;
  [[nodiscard]] bool passes() const;
};

struct growth_options {
  double row_seconds = 6;  ///< no size begins that is expected to pass this
  bool big = false;
  bool smoke = false;  ///< the smallest size only
};

[[nodiscard]] growth_result measure(const growth_row& row, const growth_options& options);

/// Slope between the last point and the one nearest to a tenth of its size.
[[nodiscard]] double growth_exponent(const std::vector<growth_point>& points);

/// Processor time of this thread: on a busy machine the wall clock times the others' work. Asking
/// for it costs some hundred nanoseconds; `clock_cost_ns` is what two questions in a row show.
[[nodiscard]] std::uint64_t cpu_ns();
[[nodiscard]] double clock_cost_ns();

/// Times `f` alone, without the cost of the clock.
template <class F>
[[nodiscard]] double nanoseconds(F&& f) {
  const std::uint64_t begin = cpu_ns();
  f();
  const double spent = static_cast<double>(cpu_ns() - begin) - clock_cost_ns();
  return spent > 0 ? spent : 0;
}

[[nodiscard]] std::vector<growth_row> graph_rows();
[[nodiscard]] std::vector<growth_row> text_rows();

}  // namespace weft::bench
