// SPDX-License-Identifier: MIT
#include "session_bench.hpp"

#include "unit/sync/net/temp_folder.hpp"
#include "weft/sync/node.hpp"
#include "weft/sync/run_loop.hpp"

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>

namespace weft::bench {

namespace {

using namespace std::chrono_literals;
using crdt::scalar_pos;
using sync::shared_document;

constexpr std::size_t burst = 16;
constexpr double lone_limit = 140;
constexpr double burst_limit = 20;
/// What both sides know before the first counted keystroke: positions, counters and sequence
/// numbers then have the sizes that they have in a real document.
constexpr std::size_t warm_up_characters = 20'000;
constexpr std::size_t warm_up_changes = 300;

template <class T>
T value_or_throw(sync::result<T>&& r) {
  if (!r) throw std::runtime_error(r.error().what);
  return std::move(*r);
}

class pair_of_nodes {
public:
  pair_of_nodes() {
    for (const std::size_t i : {0U, 1U}) {
      sync::node_options options;
      options.profile = folders_[i].path() / "profile";
      options.name = i == 0 ? "Ann" : "Ben";
      options.listen = sync::endpoint{"127.0.0.1", 0};
      options.run = loop_.get_executor();
      nodes_[i] = value_or_throw(sync::node::open(std::move(options)));
    }
    docs_[0] = value_or_throw(nodes_[0]->create("Notes"));
    const auto link = value_or_throw(nodes_[0]->share(docs_[0]->id(), sync::role::editor, 1, 0));
    std::optional<sync::result<sync::doc_id>> joined;
    nodes_[1]->join(link, [&](sync::result<sync::doc_id> r) { joined = std::move(r); });
    wait("the second node to join", [&] { return joined.has_value(); });
    docs_[1] = value_or_throw(nodes_[1]->open_document(value_or_throw(std::move(*joined))));
  }

  [[nodiscard]] shared_document& doc(std::size_t i) { return *docs_[i]; }
  [[nodiscard]] crdt::text text(std::size_t i) { return docs_[i]->document().get_text("text"); }

  /// Frames of both directions so far.
  [[nodiscard]] std::uint64_t bytes() const {
    return nodes_[0]->wire().sent_bytes + nodes_[1]->wire().sent_bytes;
  }
  /// Until both have everything, each knows that the other has it, and all frames have left.
  void settle() {
    wait("agreement", [&] {
      if (docs_[0]->document().version() != docs_[1]->document().version()) return false;
      return knows(0) && knows(1);
    });
    std::uint64_t before = bytes();
    for (int still = 0; still < 3;) {
      loop_.run_until([] { return false; }, 2ms);
      still = bytes() == before ? still + 1 : 0;
      before = bytes();
    }
  }

private:
  [[nodiscard]] bool knows(std::size_t i) const {
    const sync::doc_status now = docs_[i]->status();
    return now.unsaved == 0 && now.peers.size() == 1 && now.peers[0].connected &&
           now.peers[0].missing_there == 0 && now.peers[0].missing_here == 0;
  }
  void wait(const char* what, const std::function<bool()>& claim) {
    const auto end = std::chrono::steady_clock::now() + 60s;
    while (!loop_.run_until(claim, 2ms)) {
      if (std::chrono::steady_clock::now() > end) {
        throw std::runtime_error(std::string("waited in vain for ") + what);
      }
    }
  }

  testing::temp_folder folders_[2];
  sync::run_loop loop_;
  std::unique_ptr<sync::node> nodes_[2];
  std::shared_ptr<shared_document> docs_[2];
};

/// One step: types at node `who` in round `round`; returns what else it typed elsewhere.
using step = std::function<void(std::size_t round)>;

class measuring {
public:
  explicit measuring(std::size_t keystrokes) : keystrokes_(keystrokes) { warm_up(); }
  std::vector<session_row> run();

private:
  void warm_up();
  void measure(std::string work, std::size_t keys_a_step, double limit, const step& act);
  /// Types one key at a place and moves it on.
  void key(std::size_t who, std::uint32_t at) {
    const char letter = static_cast<char>('a' + random_() % 26);
    nodes_.text(who).insert(scalar_pos{at}, std::string_view(&letter, 1));
  }
  void key_somewhere(std::size_t who) {
    key(who, static_cast<std::uint32_t>(random_() % nodes_.text(who).length()));
  }
  void keys_in_a_row(std::size_t who, std::size_t count) {
    auto at = static_cast<std::uint32_t>(random_() % nodes_.text(who).length());
    for (std::size_t i = 0; i < count; ++i) key(who, at++);
  }

  pair_of_nodes nodes_;
  std::size_t keystrokes_;
  std::minstd_rand random_{11};
  std::vector<session_row> rows_;
};

void measuring::warm_up() {
  std::string words;
  while (words.size() < warm_up_characters) words += "all that was written here before ";
  nodes_.text(0).insert(scalar_pos{0}, words);
  nodes_.doc(0).seal();
  nodes_.settle();
  for (std::size_t i = 0; i < warm_up_changes; ++i) {
    key_somewhere(i % 2);
    nodes_.doc(i % 2).seal();
    if (i % 10 == 9) nodes_.settle();
  }
  nodes_.settle();
}

void measuring::measure(std::string work, std::size_t keys_a_step, double limit, const step& act) {
  session_row row;
  row.work = std::move(work);
  row.limit = limit;
  const std::size_t steps = std::max<std::size_t>(4, keystrokes_ / keys_a_step);
  double sum = 0;
  // The first steps bring what both sides then remember for the rest of the session.
  constexpr std::size_t unsteady = 2;
  for (std::size_t i = 0; i < steps + unsteady; ++i) {
    const std::uint64_t before = nodes_.bytes();
    act(i);
    nodes_.settle();
    if (i < unsteady) continue;
    const double each =
        static_cast<double>(nodes_.bytes() - before) / static_cast<double>(keys_a_step);
    row.least = row.keystrokes == 0 ? each : std::min(row.least, each);
    row.most = std::max(row.most, each);
    sum += each;
    row.keystrokes += keys_a_step;
  }
  row.mean = sum / static_cast<double>(steps);
  rows_.push_back(std::move(row));
}

std::vector<session_row> measuring::run() {
  std::uint32_t at = nodes_.text(0).length() / 2;
  measure("lone, one writer going on", 1, lone_limit, [&](std::size_t) {
    key(0, at++);
    nodes_.doc(0).seal();
  });
  measure("lone, one writer anywhere", 1, lone_limit, [&](std::size_t) {
    key_somewhere(0);
    nodes_.doc(0).seal();
  });
  measure("lone, one writer erasing", 1, lone_limit, [&](std::size_t) {
    nodes_.text(0).erase(scalar_pos{--at}, 1);
    nodes_.doc(0).seal();
  });
  measure("lone, two writers in turn", 1, lone_limit, [&](std::size_t i) {
    key_somewhere(i % 2);
    nodes_.doc(i % 2).seal();
  });
  measure("lone, two writers at once", 2, lone_limit, [&](std::size_t) {
    for (const std::size_t who : {0U, 1U}) {
      key_somewhere(who);
      nodes_.doc(who).seal();
    }
  });
  measure("bursts of 16 in a row, one writer", burst, burst_limit, [&](std::size_t) {
    keys_in_a_row(0, burst);
    nodes_.doc(0).seal();
  });
  measure("bursts of 16 in a row, two writers in turn", burst, burst_limit, [&](std::size_t i) {
    keys_in_a_row(i % 2, burst);
    nodes_.doc(i % 2).seal();
  });
  measure("bursts of 16 anywhere, one writer", burst, burst_limit, [&](std::size_t) {
    for (std::size_t k = 0; k < burst; ++k) key_somewhere(0);
    nodes_.doc(0).seal();
  });
  // Each its own change, as fast as they come: commits group them as the disk allows.
  measure("16 sealed one by one at once, one writer", burst, 0, [&](std::size_t) {
    for (std::size_t k = 0; k < burst; ++k) {
      key_somewhere(0);
      nodes_.doc(0).seal();
    }
  });
  return std::move(rows_);
}

}  // namespace

std::vector<session_row> measure_sessions(std::size_t keystrokes) {
  return measuring(keystrokes).run();
}

}  // namespace weft::bench
