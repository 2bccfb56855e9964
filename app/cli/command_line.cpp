// SPDX-License-Identifier: MIT
#include "cli/command_line.hpp"

#include "cli/commands.hpp"

#include <CLI/CLI.hpp>

#include <memory>
#include <string>
#include <type_traits>

namespace weft::app {

namespace {

/// A subcommand with its own options, which live as long as the parsed command.
template <class Options>
struct command {
  CLI::App& app;
  std::shared_ptr<Options> options;

  command(CLI::App& parent, parsed_command& out, const char* name, const char* description,
          exit_code (*function)(const Options&))
      : app(*parent.add_subcommand(name, description)), options(std::make_shared<Options>()) {
    app.callback(
        [&out, function, o = options] { out.run = [o, function] { return function(*o); }; });
    if constexpr (std::is_base_of_v<common_options, Options>) {
      app.add_option("--profile", options->profile,
                     "Folder of this device's documents (default ~/.local/share/weft)")
          ->type_name("DIR");
      app.add_flag("--json", options->json, "Report in JSON, one object per line");
    }
  }
  CLI::Option* doc() {
    return app.add_option("DOC", options->doc, "A document: its title or id, or how one starts")
        ->required();
  }
};

void add_documents(CLI::App& app, parsed_command& out) {
  command<new_options> fresh(app, out, "new", "Make a document; prints its id", new_command);
  fresh.app.add_option("TITLE", fresh.options->title)->required();
  fresh.app.add_option("FILE", fresh.options->file, "First text; - is standard input");

  command<edit_options> edit(app, out, "edit",
                             "Set a document's text from a file, changing as little as possible",
                             edit_command);
  edit.doc();
  edit.app.add_option("FILE", edit.options->file, "The new text; - is standard input")
      ->capture_default_str();

  command<doc_options> cat(app, out, "cat", "Print a document's text", cat_command);
  cat.doc();

  command<log_options> log(app, out, "log", "List a document's changes, newest last", log_command);
  log.doc();
  log.app.add_option("-n,--limit", log.options->limit, "Only the newest N")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 40U));

  command<doc_options> info(app, out, "info", "Show a document's hashes, sizes and version",
                            info_command);
  info.doc();

  command<export_options> exported(app, out, "export",
                                   "Write a document to a file: .weft keeps text and history, any "
                                   "other name is plain text",
                                   export_command);
  exported.doc();
  exported.app.add_option("FILE", exported.options->file, "- is standard output")->required();
  exported.app.add_option("--format", exported.options->format, "Instead of going by the name")
      ->check(CLI::IsMember({"weft", "text"}));

  command<import_options> imported(app, out, "import",
                                   "Make a new document from a .weft file or plain text; prints "
                                   "its id. The new document starts its own history",
                                   import_command);
  imported.app.add_option("FILE", imported.options->file, "- is standard input")->required();
  imported.app.add_option("--title", imported.options->title, "Instead of the file's own");

  command<record_options> record(app, out, "record",
                                 "Write a document's history as an editing trace (public JSON "
                                 "format; gzipped when FILE ends in .gz)",
                                 record_command);
  record.doc();
  record.app.add_option("FILE", record.options->file, "- is standard output")->required();
}

void add_network(CLI::App& app, parsed_command& out) {
  command<share_options> share(app, out, "share", "Print a link that lets others join a document",
                               share_command);
  share.doc();
  share.app.add_option("--role", share.options->role)
      ->check(CLI::IsMember({"editor", "reader", "relay"}))
      ->capture_default_str();
  share.app.add_option("--uses", share.options->uses, "Devices it lets in; 0: any number")
      ->capture_default_str();
  share.app.add_option("--days", share.options->days, "Days until it ends; 0: never")
      ->check(CLI::Range(0U, 36'500U))
      ->capture_default_str();
  share.app
      .add_option("--address", share.options->addresses,
                  "HOST:PORT where this profile's node can be reached (default: where it listens)")
      ->type_name("HOST:PORT");

  command<join_options> join(app, out, "join", "Join a document by its link", join_command);
  join.app.add_option("LINK", join.options->link)->required();
  join.app.add_option("--name", join.options->name, "What members see; kept in the profile");
  join.app.add_option("--timeout", join.options->timeout_s, "Seconds to wait for the other side")
      ->check(CLI::Range(1U, 3'600U))
      ->capture_default_str();

  command<node_command_options> node(app, out, "node",
                                     "Run without a window: keep all documents in sync with their "
                                     "members until interrupted",
                                     node_command);
  node.app.add_option("--listen", node.options->listen, "Where others dial; port 0 takes any")
      ->type_name("HOST:PORT");
  node.app.add_option("--name", node.options->name, "What members see; kept in the profile");
  node.app.add_option("--ready-file", node.options->ready_file,
                      "Written when it listens: {listening, device, name, pid}");
  node.app.add_flag("--verbose", node.options->verbose, "Log to standard error");
  // Hidden: how `weft replay` starts its nodes.
  node.app.add_option("--replay", node.options->replay)->group("");
  node.app.add_option("--agent", node.options->agent)->group("");

  const command<common_options> status(
      app, out, "status", "Show documents, peers and what they have confirmed", status_command);
  const command<common_options> doctor(
      app, out, "doctor", "Check the profile: every row, hash and chain; peers", doctor_command);
}

void add_measuring(CLI::App& app, parsed_command& out) {
  command<replay_options> replay(app, out, "replay",
                                 "Replay a concurrent editing trace with one real node per agent "
                                 "(up to 8) over loopback TLS, cutting the link again and again",
                                 replay_command);
  replay.app.add_option("TRACE", replay.options->trace)->required();
  // Here --json names a file, as `./run --headless --json FILE` does.
  replay.app.remove_option(replay.app.get_option("--json"));
  replay.app.add_option("--json", replay.options->json_file, "Write the outcome to FILE as JSON")
      ->type_name("FILE");
  replay.app.add_option("--cuts", replay.options->cuts, "How often the link is cut")
      ->check(CLI::Range(0U, 10'000U))
      ->capture_default_str();

  CLI::App& bench = *app.add_subcommand("bench", "Measure");
  bench.require_subcommand(1);
  command<bench_trace_options> trace(
      bench, out, "trace",
      "Replay editing traces (public JSON format, gzip or not) and measure it. Times are the least "
      "of the runs. Exits with 1 if a file does not converge or ends in another text",
      bench_trace);
  trace.app.add_option("FILE", trace.options->files, "Trace files, sequential or concurrent")
      ->required();
  trace.app.add_option("--repeat", trace.options->repeat, "Runs per figure")
      ->check(CLI::Range(1U, 1000U))
      ->capture_default_str();

  command<std::string> heap(bench, out, "heap", "", bench_heap);
  heap.app.group("");  // hidden: bench trace runs it in a process of its own
  heap.app.add_option("FIGURE", *heap.options)
      ->required()
      ->check(CLI::IsMember({"open", "import"}));
}

}  // namespace

parsed_command parse_command_line(int argc, char** argv) {
  CLI::App app{"Weft: documents that merge, from the command line", "weft"};
  app.set_version_flag("--version", "weft " WEFT_VERSION);
  app.require_subcommand(1);
  app.footer(
      "Exit codes: 0 done, 1 the answer is no, 2 usage, 3 bad data, 4 input/output or network.\n"
      "`weft COMMAND --help` says more about a command.");
  parsed_command out;
  add_documents(app, out);
  add_network(app, out);
  add_measuring(app, out);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    const int code = app.exit(e);
    return {{}, code == 0 ? exit_code::done : exit_code::usage};
  }
  return out;
}

}  // namespace weft::app
