// SPDX-License-Identifier: MIT
#include "growth.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

namespace weft::bench {

std::uint64_t now_ns() {
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(
                                        std::chrono::steady_clock::now().time_since_epoch())
                                        .count());
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
  return std::isnan(exponent) || exponent <= allowed + 0.25;
}

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
    growth_point p;
    p.size = size;
    p.ns = std::numeric_limits<double>::infinity();
    const std::uint64_t begin = now_ns();
    for (int round = 0; round < 5; ++round) {
      const std::uint64_t round_begin = now_ns();
      const growth_row::sample s = row.run(size);
      p.ns = std::min(p.ns, s.ns);
      p.things = s.things;
      const auto whole = static_cast<double>(now_ns() - round_begin) / 1e9;
      p.whole_s = round == 0 ? whole : std::min(p.whole_s, whole);
      if (static_cast<double>(now_ns() - begin) / 1e9 + whole > 0.6 || options.smoke) {
        break;
      }
    }
    out.points.push_back(p);
  }
  out.exponent = growth_exponent(out.points);
  return out;
}

}  // namespace weft::bench
