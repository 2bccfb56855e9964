// SPDX-License-Identifier: MIT
#include "profile/recording.hpp"

#include "trace/trace_history.hpp"
#include "trace/trace_reader.hpp"
#include "trace/trace_writer.hpp"
#include "weft/sync/sealed.hpp"

#include <catch2/catch.hpp>

#include <map>
#include <random>
#include <string>

using namespace weft::app;
namespace crdt = weft::crdt;
namespace sync_ = weft::sync;

namespace {

/// A document written by two replicas, whose changes are sealed into one log.
class co_writing {
public:
  co_writing() : device_(sync_::key_pair::generate()) {
    for (std::uint64_t i = 0; i < 2; ++i) {
      documents_.emplace_back(crdt::replica_id::from_number(7 - i));
    }
  }

  crdt::document& at(std::size_t i) { return documents_[i]; }
  crdt::text text(std::size_t i) { return documents_[i].get_text("text"); }

  /// What one writer did since the last call becomes changes of the log.
  void seal(std::size_t i) {
    crdt::document& d = documents_[i];
    const std::vector<crdt::change> made = d.export_changes(d.replica(), sealed_[i]);
    if (made.empty()) return;
    sealed_[i] = made.back().first.counter + made.back().length;
    const auto sealed = sync_::seal(sync_::doc_id{}, made, lookup(), device_, {}, 1000);
    REQUIRE(sealed);
    for (std::size_t k = 0; k < made.size(); ++k) {
      sync_::shared_document::log_entry e;
      e.header = (*sealed)[k].header;
      e.body = (*sealed)[k].body;
      e.meta = {e.header.replica,       e.header.seq,      sync_::hash_of(e.header),
                e.header.first_counter, e.header.op_count, e.header.lamport};
      log.push_back(std::move(e));
    }
  }

  /// Each side gets what the other sealed.
  void meet() {
    seal(0);
    seal(1);
    for (std::size_t i = 0; i < 2; ++i) {
      const crdt::bytes update = documents_[1 - i].export_updates(documents_[i].version());
      REQUIRE(documents_[i].import(update));
    }
  }

  std::vector<sync_::shared_document::log_entry> log;

private:
  sync_::change_lookup lookup() {
    sync_::change_lookup out;
    out.by_seq = [this](const crdt::replica_id& r,
                        std::uint64_t seq) -> std::optional<sync_::change_meta> {
      for (const auto& e : log) {
        if (e.meta.replica == r && e.meta.seq == seq) return e.meta;
      }
      return std::nullopt;
    };
    out.by_last_op = [this](const crdt::op_id& id) -> std::optional<sync_::change_meta> {
      for (const auto& e : log) {
        if (e.meta.replica == id.replica && e.meta.end_counter() - 1 == id.counter) return e.meta;
      }
      return std::nullopt;
    };
    out.head = [this](const crdt::replica_id& r) -> std::optional<sync_::replica_head> {
      std::optional<sync_::replica_head> found;
      for (const auto& e : log) {
        if (e.meta.replica == r) found = {e.meta, device_.public_part(), {}};
      }
      return found;
    };
    return out;
  }

  sync_::key_pair device_;
  std::vector<crdt::document> documents_;
  std::uint32_t sealed_[2] = {0, 0};
};

std::string replayed(const trace& t) {
  return build_history(parse_trace(to_json(t)), {}).whole.get_text("text").to_string();
}

}  // namespace

TEST_CASE("recording: changes without text are left out, agents ascend as replica ids do") {
  co_writing w;
  w.at(0).get_map("meta").set("title", std::string("T"));
  w.seal(0);
  w.text(0).insert(crdt::scalar_pos{0}, "one");
  w.meet();
  w.text(1).insert(crdt::scalar_pos{3}, "!");
  w.meet();
  const recording r = record_history(w.log);
  REQUIRE(r.history.transactions.size() == 2);
  CHECK(r.history.agents == 2);
  CHECK(r.history.transactions[0].agent == 1);  // replica 7
  CHECK(r.history.transactions[1].agent == 0);  // replica 6
  CHECK(r.history.parents_of(r.history.transactions[0]).empty());
  CHECK(r.history.parents_of(r.history.transactions[1]).size() == 1);
  CHECK(r.history.end_content == "one!");
  CHECK(r.wall_ms.size() == 2);
  CHECK(replayed(r.history) == "one!");
}

TEST_CASE("recording: the replay of any co-written history ends in its text") {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    co_writing w;
    for (int round = 0; round < 60; ++round) {
      const std::size_t side = random() % 2;
      crdt::text t = w.text(side);
      const auto length = t.length();
      if (random() % 4 == 0 && length > 2) {
        t.erase(crdt::scalar_pos{static_cast<std::uint32_t>(random() % (length - 1))}, 2);
      } else {
        t.insert(crdt::scalar_pos{static_cast<std::uint32_t>(random() % (length + 1))},
                 std::string(1 + random() % 3, static_cast<char>('a' + random() % 26)));
      }
      w.seal(side);
      if (random() % 5 == 0) w.meet();
    }
    w.meet();
    const recording r = record_history(w.log);
    REQUIRE(r.history.end_content == w.text(0).to_string());
    REQUIRE(replayed(r.history) == r.history.end_content);
  }
}

TEST_CASE("recording: a log with a hole is refused") {
  co_writing w;
  w.text(0).insert(crdt::scalar_pos{0}, "one");
  w.seal(0);
  w.text(0).insert(crdt::scalar_pos{3}, "two");
  w.seal(0);
  w.log.erase(w.log.begin());
  CHECK_THROWS_AS(record_history(w.log), trace_error);
}
