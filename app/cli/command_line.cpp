// SPDX-License-Identifier: MIT
#include "cli/command_line.hpp"

#include "cli/commands.hpp"

#include <CLI/CLI.hpp>

#include <memory>

namespace weft::app {

namespace {

/// Gives a subcommand its own options, which live as long as the parsed command.
template <class Options, class Function>
std::shared_ptr<Options> bind(CLI::App& command, parsed_command& out, Function function) {
  auto options = std::make_shared<Options>();
  command.callback(
      [&out, options, function] { out.run = [options, function] { return function(*options); }; });
  return options;
}

void add_bench(CLI::App& app, parsed_command& out) {
  CLI::App& bench = *app.add_subcommand("bench", "Measure");
  bench.require_subcommand(1);
  CLI::App& command = *bench.add_subcommand(
      "trace",
      "Replay editing traces (public JSON format, gzip or not) and measure it. Times are the\n"
      "least of the runs. Exits with 1 if a file does not converge or ends in another text.");
  auto o = bind<bench_trace_options>(command, out, bench_trace);
  command.add_option("FILE", o->files, "Trace files, sequential or concurrent")->required();
  command.add_option("--repeat", o->repeat, "Runs per figure")
      ->check(CLI::Range(1U, 1000U))
      ->capture_default_str();
  command.add_flag("--json", o->json, "One JSON object per file");

  CLI::App& heap = *bench.add_subcommand("heap", "");
  heap.group("");  // hidden: bench trace runs it in a process of its own
  auto figure = bind<std::string>(heap, out, bench_heap);
  heap.add_option("FIGURE", *figure)->required()->check(CLI::IsMember({"open", "import"}));
}

}  // namespace

parsed_command parse_command_line(int argc, char** argv) {
  CLI::App app{"Weft: documents that merge, from the command line", "weft"};
  app.set_version_flag("--version", "weft " WEFT_VERSION);
  app.require_subcommand(1);
  app.failure_message(CLI::FailureMessage::help);
  parsed_command out;
  add_bench(app, out);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    const int code = app.exit(e);
    return {{}, code == 0 ? exit_code::done : exit_code::usage};
  }
  return out;
}

}  // namespace weft::app
