// SPDX-License-Identifier: MIT
#include "growth.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <optional>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

namespace weft::bench {

std::uint64_t cpu_ns() {
  timespec t{};
  // Of the thread: that of the process moves in ticks once its processor time is limited.
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<std::uint64_t>(t.tv_sec) * 1'000'000'000U +
         static_cast<std::uint64_t>(t.tv_nsec);
}

double clock_cost_ns() {
  static const double cost = [] {
    std::uint64_t least = ~std::uint64_t{0};
    for (int i = 0; i < 1'000; ++i) {
      const std::uint64_t begin = cpu_ns();
      least = std::min(least, cpu_ns() - begin);
    }
    return static_cast<double>(least);
  }();
  return cost;
}

double growth_exponent(const std::vector<growth_point>& points) {
  if (points.size() < 2) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  const growth_point& last = points.back();
  const growth_point* from = &points.front();
  const double wanted = static_cast<double>(last.size) / 10;
  for (const growth_point& p : points) {
    const auto distance = [&](const growth_point& q) {
      return std::abs(std::log(static_cast<double>(q.size) / wanted));
    };
    if (p.size < last.size && distance(p) < distance(*from)) {
      from = &p;
    }
  }
  return std::log(last.ns / from->ns) /
         std::log(static_cast<double>(last.size) / static_cast<double>(from->size));
}

// n log n from 10^5 to 10^6 has slope 1.08; the rest is for noise and for caches that overflow.
bool growth_result::passes() const {
  return !jumped && (std::isnan(exponent) || exponent <= allowed + 0.25);
}

namespace {

struct timed {
  growth_row::sample work;
  double whole_s = 0;
};

// Runs one size in a process of its own, which ends when it has used too much processor time: a
// cost that jumps cannot be foreseen from smaller sizes. Nothing if it was ended (or was out of
// memory).
std::optional<timed> run_apart(const growth_row& row, std::uint64_t size, double seconds) {
  int ends[2];
  if (pipe(ends) != 0) {
    std::perror("weft_growth");
    std::exit(1);
  }
  const pid_t child = fork();
  if (child < 0) {
    std::perror("weft_growth");
    std::exit(1);
  }
  if (child == 0) {
    close(ends[0]);
    const auto most = static_cast<rlim_t>(std::ceil(seconds));
    const rlimit bound{most, most};
    setrlimit(RLIMIT_CPU, &bound);
    const std::uint64_t begin = cpu_ns();
    timed result{row.run(size), 0};
    result.whole_s = static_cast<double>(cpu_ns() - begin) / 1e9;
    const bool told = write(ends[1], &result, sizeof result) == sizeof result;
    _exit(told ? 0 : 1);
  }
  close(ends[1]);
  timed result;
  const bool finished = read(ends[0], &result, sizeof result) == sizeof result;
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (!finished && !WIFSIGNALED(status)) {
    std::fprintf(stderr, "weft_growth: '%s' failed at size %llu\n", row.name.c_str(),
                 static_cast<unsigned long long>(size));
    std::exit(1);
  }
  return finished ? std::optional(result) : std::nullopt;
}

// The least of several rounds; nothing if the first one took too long.
std::optional<growth_point> measure_size(const growth_row& row, std::uint64_t size,
                                         const growth_options& options) {
  growth_point p;
  p.size = size;
  p.ns = std::numeric_limits<double>::infinity();
  double spent_s = 0;
  for (int round = 0; round < 5; ++round) {
    const auto t = run_apart(row, size, 3 * options.row_seconds);
    if (!t) {
      return round == 0 ? std::nullopt : std::optional(p);
    }
    p.ns = std::min(p.ns, t->work.ns);
    p.things = t->work.things;
    p.whole_s = round == 0 ? t->whole_s : std::min(p.whole_s, t->whole_s);
    spent_s += t->whole_s;
    if (spent_s + t->whole_s > 0.6 || options.smoke) {
      break;
    }
  }
  return p;
}

}  // namespace

growth_result measure(const growth_row& row, const growth_options& options) {
  growth_result out;
  out.name = row.name;
  out.unit = row.unit;
  out.allowed = row.allowed;
  std::vector<std::uint64_t> sizes = row.sizes;
  if (options.big) {
    sizes.insert(sizes.end(), row.big.begin(), row.big.end());
  }
  if (options.smoke) {
    sizes.resize(1);
  }
  for (const std::uint64_t size : sizes) {
    if (!out.points.empty()) {
      const growth_point& last = out.points.back();
      const double ratio = static_cast<double>(size) / static_cast<double>(last.size);
      const double slope = out.points.size() < 2 ? 1.2 : std::max(1.0, growth_exponent(out.points));
      if (last.whole_s * std::pow(ratio, slope) > options.row_seconds) {
        out.skipped_size = size;
        break;
      }
    }
    const auto p = measure_size(row, size, options);
    if (!p) {
      out.skipped_size = size;
      out.jumped = !out.points.empty();
      break;
    }
    out.points.push_back(*p);
  }
  out.exponent = growth_exponent(out.points);
  return out;
}

}  // namespace weft::bench
