// SPDX-License-Identifier: MIT
// weft_growth: prints how the cost of one operation grows with the history, row by row.
#include "growth.hpp"

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace weft::bench {
namespace {

constexpr const char* usage = R"(usage: weft_growth [OPTION]...

Measures work at growing sizes and prints, as a Markdown table, the processor time of one thing
(operation, edit, packet) at each size and the growth exponent: the slope of log(time) over
log(size) along the last factor of ten. 1.0 is linear, 2.0 is quadratic; "no worse than n log n"
allows 1.25, noise included. Rows whose size is only what surrounds a fixed number of things allow
0.5. Each size runs in a fresh process.

  --big           sizes up to 10^7 where a row has them
  --seconds S     no size begins that is expected to take longer, preparation included (6); one
                  that takes three times as long is ended and told as a jump
  --only TEXT     only rows whose name contains it; may be repeated
  --list          the names of the rows
  --json FILE     also writes [{"row", "unit", "size", "things", "ns"}]
  --smoke         the smallest size of each row, once
  --help          this text

Exit code 1 if some row grows faster than it may, unless --smoke.
)";

struct command {
  growth_options options;
  std::vector<std::string> only;
  std::string json;
  bool list = false;
};

command parse(int argc, char** argv) {
  command c;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const auto value = [&]() -> std::string {
      if (++i == argc) {
        std::fputs(usage, stderr);
        std::exit(2);
      }
      return argv[i];
    };
    if (word == "--help" || word == "-h") {
      std::fputs(usage, stdout);
      std::exit(0);
    } else if (word == "--big") {
      c.options.big = true;
    } else if (word == "--smoke") {
      c.options.smoke = true;
    } else if (word == "--list") {
      c.list = true;
    } else if (word == "--seconds") {
      c.options.row_seconds = std::atof(value().c_str());
    } else if (word == "--only") {
      c.only.push_back(value());
    } else if (word == "--json") {
      c.json = value();
    } else {
      std::fprintf(stderr, "weft_growth: unknown option '%s'\n%s", word.c_str(), usage);
      std::exit(2);
    }
  }
  return c;
}

bool wanted(const command& c, const std::string& name) {
  for (const std::string& part : c.only) {
    if (name.find(part) != std::string::npos) {
      return true;
    }
  }
  return c.only.empty();
}

std::string short_number(double n) {
  char out[32];
  if (n >= 999'500) {
    std::snprintf(out, sizeof out, "%gM", std::round(n / 1e5) / 10);
  } else if (n >= 1'000) {
    std::snprintf(out, sizeof out, "%gk", n / 1e3);
  } else {
    std::snprintf(out, sizeof out, "%g", n);
  }
  return out;
}

std::string time_text(double ns) {
  char out[32];
  std::snprintf(out, sizeof out,
                ns < 10    ? "%.1f ns"
                : ns < 1e4 ? "%.0f ns"
                           : "%.0f µs",
                ns < 1e4 ? ns : ns / 1e3);
  return out;
}

void print(const growth_result& r) {
  std::string cells;
  // The last four sizes tell most.
  const std::size_t from = r.points.size() > 4 ? r.points.size() - 4 : 0;
  for (std::size_t i = from; i < r.points.size(); ++i) {
    const growth_point& p = r.points[i];
    cells += (i > from ? ", " : "") + short_number(static_cast<double>(p.size)) + ": " +
             time_text(p.ns / static_cast<double>(p.things));
  }
  if (r.skipped_size != 0) {
    cells += ", " + short_number(static_cast<double>(r.skipped_size)) +
             (r.jumped ? ": jumps" : ": too long");
  }
  char exponent[16] = "-";
  if (!std::isnan(r.exponent)) {
    std::snprintf(exponent, sizeof exponent, "%.2f", r.exponent);
  }
  std::printf("| %s | %s | %s | %s | %s |\n", r.name.c_str(), r.unit.c_str(), cells.c_str(),
              exponent, r.passes() ? "yes" : "**no**");
  std::fflush(stdout);
}

bool write_json(const std::string& path, const std::vector<growth_result>& results) {
  std::FILE* out = std::fopen(path.c_str(), "w");
  if (out == nullptr) {
    std::fprintf(stderr, "weft_growth: cannot write %s\n", path.c_str());
    return false;
  }
  const char* between = "[\n";
  for (const growth_result& r : results) {
    for (const growth_point& p : r.points) {
      std::fprintf(out,
                   "%s  {\"row\": \"%s\", \"unit\": \"%s\", \"size\": %llu, "
                   "\"things\": %llu, \"ns\": %.0f}",
                   between, r.name.c_str(), r.unit.c_str(), static_cast<unsigned long long>(p.size),
                   static_cast<unsigned long long>(p.things), p.ns);
      between = ",\n";
    }
  }
  std::fputs(results.empty() ? "[]\n" : "\n]\n", out);
  return std::fclose(out) == 0;
}

int run(const command& c) {
  std::vector<growth_row> rows = graph_rows();
  for (growth_row& row : text_rows()) {
    rows.push_back(std::move(row));
  }
  std::vector<growth_result> results;
  bool good = true;
  if (!c.list) {
    std::printf(
        "| work | per | size: time of one | exponent | no worse than n log n |\n"
        "|---|---|---|---|---|\n");
  }
  for (const growth_row& row : rows) {
    if (!wanted(c, row.name)) {
      continue;
    }
    if (c.list) {
      std::printf("%s\n", row.name.c_str());
      continue;
    }
    results.push_back(measure(row, c.options));
    good = good && results.back().passes();
    print(results.back());
  }
  if (!c.json.empty() && !write_json(c.json, results)) {
    return 1;
  }
  return good || c.options.smoke ? 0 : 1;
}

}  // namespace
}  // namespace weft::bench

int main(int argc, char** argv) {
  return weft::bench::run(weft::bench::parse(argc, argv));
}
