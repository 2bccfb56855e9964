// SPDX-License-Identifier: MIT
// `weft replay`: one node process per agent of a concurrent trace, over a link that breaks.
#include "cli/commands.hpp"
#include "cli/files.hpp"
#include "cli/output.hpp"
#include "cli/replay_node.hpp"
#include "trace/trace_reader.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <thread>

namespace weft::app {

namespace {

using clock = std::chrono::steady_clock;
constexpr std::uint32_t most_agents = 8;
constexpr std::chrono::seconds longest_standstill{60};

/// A folder for the nodes: the one given, or one of its own that goes away.
class work_folder {
public:
  explicit work_folder(const std::string& given) : own_(given.empty()) {
    if (own_) {
      std::string pattern =
          (std::filesystem::temp_directory_path() / "weft-replay-XXXXXX").string();
      if (::mkdtemp(pattern.data()) == nullptr) {
        throw command_error(exit_code::io, "no temporary folder can be made (" + pattern + ")");
      }
      path = pattern;
    } else {
      path = std::filesystem::absolute(given);
      std::filesystem::create_directories(path);
      if (!std::filesystem::is_empty(path)) {
        throw command_error(exit_code::usage, given + " is not empty; a replay starts afresh");
      }
    }
  }
  ~work_folder() {
    std::error_code ignored;
    if (own_) std::filesystem::remove_all(path, ignored);
  }
  work_folder(const work_folder&) = delete;
  work_folder& operator=(const work_folder&) = delete;
  std::filesystem::path path;

private:
  bool own_;
};

class replay {
public:
  replay(const replay_options& options, trace t)
      : options_(options), trace_(std::move(t)), folder_(options.profile) {}

  exit_code run();

private:
  void start_nodes();
  void share_document();
  /// Asks all nodes how far they are.
  void look();
  /// Waits until `reached` holds of the reports. Throws when nothing moves any more.
  template <class Reached>
  void wait(const char* what, Reached&& reached);
  void cut();
  void set_online(bool online);
  /// Lets each node play up to that part of its own transactions; all of them when `of` is 0.
  void set_gates(std::uint64_t part, std::uint64_t of);
  /// Waits until no node moves, over the link as it is now. `floor`: what was played when the link
  /// was mended; a node that still waits then has not been reached yet.
  std::uint64_t settle(const char* what, const char* flag, std::uint64_t floor);
  [[nodiscard]] std::uint64_t played() const;
  [[nodiscard]] bool all(const char* flag) const;
  /// Whether a node that is not finished has it.
  [[nodiscard]] bool any(const char* flag) const;
  exit_code tell();

  const replay_options& options_;
  trace trace_;
  work_folder folder_;
  progress shown_;
  std::vector<std::unique_ptr<replay_node>> nodes_;
  std::vector<json> reports_;  // of each node
  std::uint32_t cuts_ = 0;
};

void replay::start_nodes() {
  const std::string file = std::filesystem::absolute(options_.trace).string();
  for (std::uint32_t agent = 0; agent < trace_.agents; ++agent) {
    nodes_.push_back(std::make_unique<replay_node>(folder_.path, file, agent));
  }
  for (const auto& node : nodes_) node->wait_ready();
  reports_.resize(nodes_.size());
}

void replay::share_document() {
  const json made = nodes_[0]->ask("new", {{"title", "Replay"}});
  const std::string doc = text_argument(made, "document");
  const json shared = nodes_[0]->ask("share", {{"doc", doc}, {"uses", 0}});
  for (std::size_t i = 1; i < nodes_.size(); ++i) {
    static_cast<void>(nodes_[i]->ask("join", {{"link", shared["link"]}}));
  }
  for (const auto& node : nodes_) {
    static_cast<void>(node->ask("gate", {{"upto", 0}}));
    static_cast<void>(node->ask("play", {{"doc", doc}}));
  }
}

void replay::look() {
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    reports_[i] = nodes_[i]->ask("played", json::object());
    const std::string trouble = text_argument(reports_[i], "error", "");
    if (!trouble.empty()) {
      throw command_error(exit_code::no, nodes_[i]->name() + ": " + trouble);
    }
  }
}

std::uint64_t replay::played() const {
  std::uint64_t sum = 0;
  for (const json& r : reports_) sum += r["played"].get<std::uint64_t>();
  return sum;
}

bool replay::all(const char* flag) const {
  return std::all_of(reports_.begin(), reports_.end(),
                     [flag](const json& r) { return r[flag].get<bool>(); });
}

bool replay::any(const char* flag) const {
  return std::any_of(reports_.begin(), reports_.end(), [flag](const json& r) {
    return r[flag].get<bool>() && !r["finished"].get<bool>();
  });
}

template <class Reached>
void replay::wait(const char* what, Reached&& reached) {
  std::uint64_t before = played();
  clock::time_point moved = clock::now();
  for (;;) {
    look();
    if (reached()) return;
    if (played() != before) {
      before = played();
      moved = clock::now();
    }
    if (clock::now() - moved > longest_standstill) {
      throw command_error(exit_code::no, std::string("not converged: nothing has moved for a ") +
                                             "minute (" + what + ", " + std::to_string(before) +
                                             " of " + std::to_string(trace_.transactions.size()) +
                                             " transactions)");
    }
    shown_.show(std::string(what) + ": " + std::to_string(before) + "/" +
                std::to_string(trace_.transactions.size()) + " transactions, " +
                std::to_string(cuts_) + " cuts");
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

void replay::set_online(bool online) {
  for (const auto& node : nodes_) static_cast<void>(node->ask("online", {{"online", online}}));
}

void replay::set_gates(std::uint64_t part, std::uint64_t of) {
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    json gate = json::object();
    if (of != 0) gate["upto"] = reports_[i]["total"].get<std::uint64_t>() * part / of;
    static_cast<void>(nodes_[i]->ask("gate", gate));
  }
}

std::uint64_t replay::settle(const char* what, const char* flag, std::uint64_t floor) {
  // A node may also wait for what another one keeps behind its gate; hence the limit.
  const clock::time_point limit = clock::now() + std::chrono::seconds(3);
  // What is on its way may still let a side go on, so several looks in a row have to agree.
  std::uint64_t last = played();
  unsigned still = 0;
  wait(what, [&] {
    const bool reached = played() > floor || !any("waiting") || clock::now() > limit;
    still = reached && all(flag) && played() == last ? still + 1 : 0;
    last = played();
    return still >= 3 || all("finished");
  });
  return last;
}

/// Cuts the link, waits until no side can go on alone, and mends it.
void replay::cut() {
  set_online(false);
  ++cuts_;
  const std::uint64_t before = played();
  set_gates(0, 0);
  const std::uint64_t last = settle("cut", "waiting", 0);
  shown_.clear();
  print_line("cut " + std::to_string(cuts_) + ": went on alone for " +
             std::to_string(last - before) + " transactions, " + std::to_string(last) + " of " +
             std::to_string(trace_.transactions.size()) + " played");
  set_online(true);
}

exit_code replay::tell() {
  const json& first = reports_[0];
  bool converged = true;
  bool equal = true;
  std::uint64_t wire = 0;
  json replicas = json::array();
  for (std::size_t i = 0; i < reports_.size(); ++i) {
    const json& r = reports_[i];
    converged = converged && r["state_hash"] == first["state_hash"];
    equal = equal && r["equal"].get<bool>();
    wire += r["sent_bytes"].get<std::uint64_t>();
    json one{{"name", nodes_[i]->name()}};
    for (const char* key : {"state_hash", "text_sha256", "chars", "ops", "sent_bytes",
                            "received_bytes", "store_bytes", "export_bytes"}) {
      one[key] = r[key];
    }
    print_line(nodes_[i]->name() + ": state " + text_argument(r, "state_hash").substr(0, 16) +
               "  text " + text_argument(r, "text_sha256").substr(0, 16) + "  " +
               r["chars"].dump() + " characters  " + r["ops"].dump() + " operations  " +
               r["sent_bytes"].dump() + " bytes sent  " + r["store_bytes"].dump() +
               " bytes stored");
    replicas.push_back(std::move(one));
  }
  if (!options_.json_file.empty()) {
    const json outcome{{"converged", converged},
                       {"equal", equal},
                       {"cuts", cuts_},
                       {"wire_bytes", wire},
                       {"replicas", std::move(replicas)}};
    write_output(options_.json_file, outcome.dump() + "\n");
  }
  if (!converged) print_line("NOT converged: the states differ");
  if (!equal) print_line("NOT as recorded: the text differs from the trace's end content");
  if (converged && equal) print_line("converged");
  return converged && equal ? exit_code::done : exit_code::no;
}

exit_code replay::run() {
  start_nodes();
  share_document();
  look();
  // Gates spread the cuts evenly: a small history would else be over before the second one.
  for (std::uint32_t next = 1; next <= options_.cuts; ++next) {
    set_gates(next, options_.cuts + 1);
    static_cast<void>(settle("playing", "resting", played()));
    cut();
  }
  set_gates(0, 0);
  wait("finishing", [&] { return all("finished"); });
  shown_.clear();
  const exit_code code = tell();
  for (const auto& node : nodes_) node->stop();
  return code;
}

}  // namespace

exit_code replay_command(const replay_options& options) {
  trace t;
  try {
    t = read_trace(options.trace);
  } catch (const trace_error& e) {
    throw trace_error(options.trace + ": " + e.what());
  } catch (const trace_io_error& e) {
    throw trace_io_error(options.trace + ": " + e.what());
  }
  if (t.kind != trace_kind::concurrent) {
    throw command_error(exit_code::usage, options.trace +
                                              ": is a sequential trace; a replay needs a "
                                              "concurrent one (`weft bench trace` takes both)");
  }
  if (t.agents > most_agents) {
    throw command_error(exit_code::usage, options.trace + ": has " + std::to_string(t.agents) +
                                              " agents; a replay runs one process for each of up "
                                              "to 8 (`weft bench trace` takes more)");
  }
  return replay(options, std::move(t)).run();
}

}  // namespace weft::app
