// SPDX-License-Identifier: MIT
// `weft bench trace`: one report per file.
#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "cli/trace_figures.hpp"
#include "trace/trace_reader.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <cmath>
#include <cstdio>

namespace weft::app {

namespace {

using ordered_json = nlohmann::ordered_json;

double to_microsecond(double ms) {
  return std::round(ms * 1000) / 1000;
}

void add_times(ordered_json& out, const std::string& name, const run_times* times) {
  out[name] = times != nullptr ? ordered_json(to_microsecond(times->least())) : ordered_json();
  out[name + "_median"] =
      times != nullptr ? ordered_json(to_microsecond(times->median())) : ordered_json();
}

ordered_json optional_number(const std::optional<std::uint64_t>& value) {
  return value ? ordered_json(*value) : ordered_json();
}

ordered_json to_json(const std::string& file, const trace& t, const trace_figures& f) {
  ordered_json out;
  out["file"] = file;
  out["kind"] = t.kind == trace_kind::sequential ? "sequential" : "concurrent";
  out["transactions"] = t.transactions.size();
  out["patches"] = t.patches.size();
  out["agents"] = t.agents;
  add_times(out, "local_ms", f.local ? &*f.local : nullptr);
  add_times(out, "local_txn_ms", f.local_txn ? &*f.local_txn : nullptr);
  add_times(out, "import_ms", &f.import);
  add_times(out, "stream_ms", &f.stream);
  add_times(out, "update_ms", &f.update);
  out["update_bytes"] = f.update_bytes;
  add_times(out, "snapshot_ms", &f.snapshot);
  out["snapshot_bytes"] = f.snapshot_bytes;
  add_times(out, "open_ms", &f.open);
  out["keystroke_bytes"] = f.keystroke_bytes;
  out["text_bytes"] = f.text_bytes;
  out["open_heap_bytes"] = optional_number(f.open_heap_bytes);
  out["import_peak_heap_bytes"] = optional_number(f.import_peak_heap_bytes);
  out["text_sha256"] = f.text_sha256;
  out["equal"] = f.equal;
  out["converged"] = f.converged;
  return out;
}

void print_row(const char* name, const ordered_json& value, const char* unit) {
  std::array<char, 160> row{};
  if (value.is_null()) {
    std::snprintf(row.data(), row.size(), "  %-24s %14s", name, "-");
  } else if (value.is_number_float()) {
    std::snprintf(row.data(), row.size(), "  %-24s %14.3f %s", name, value.get<double>(), unit);
  } else {
    std::snprintf(row.data(), row.size(), "  %-24s %14llu %s", name,
                  value.get<unsigned long long>(), unit);
  }
  print_line(row.data());
}

void print_table(const ordered_json& figures) {
  print_line(figures["file"].get<std::string>() + " (" + figures["kind"].get<std::string>() + ")");
  for (const auto& [name, value] : figures.items()) {
    if (value.is_string() || value.is_boolean()) continue;
    const bool bytes = name.ends_with("_bytes");
    const bool time = name.ends_with("_ms") || name.ends_with("_ms_median");
    print_row(name.c_str(), value, time ? "ms" : bytes ? "bytes" : "");
  }
  print_line("  text sha256 " + figures["text_sha256"].get<std::string>());
  print_line(std::string("  ") + (figures["converged"] ? "converged" : "NOT converged") +
             ", text " + (figures["equal"] ? "equals" : "DIFFERS FROM") +
             " the trace's end content");
}

/// How one file went; its faults are told here so that the other files still run.
exit_code measure_file(const std::string& file, const bench_trace_options& options) {
  progress shown;
  try {
    shown.show(file + ": reading");
    const trace t = read_trace(file);
    const trace_figures figures = measure_trace(t, options.repeat, shown);
    shown.clear();
    const ordered_json report = to_json(file, t, figures);
    if (options.json) {
      print_line(report.dump());
    } else {
      print_table(report);
    }
    return figures.equal && figures.converged ? exit_code::done : exit_code::no;
  } catch (const trace_error& e) {
    shown.clear();
    std::fprintf(stderr, "weft: %s: %s\n", file.c_str(), e.what());
    return exit_code::bad_data;
  } catch (const trace_io_error& e) {
    shown.clear();
    std::fprintf(stderr, "weft: %s: %s\n", file.c_str(), e.what());
    return exit_code::io;
  }
}

}  // namespace

exit_code bench_trace(const bench_trace_options& options) {
  exit_code worst = exit_code::done;
  for (const std::string& file : options.files) {
    worst = std::max(worst, measure_file(file, options));
  }
  return worst;
}

}  // namespace weft::app
