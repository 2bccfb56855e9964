// SPDX-License-Identifier: MIT
// One core under test, and a hand that plays its peers message by message.
#pragma once

#include "sim_app.hpp"
#include "weft/sync/core.hpp"
#include "weft/sync/wire.hpp"

#include <catch2/catch.hpp>

#include <map>
#include <optional>
#include <vector>

namespace weft::sync {

inline key_pair test_key(std::uint8_t n) {
  digest32 seed{};
  seed[0] = n;
  return key_pair::from_seed(seed);
}

class core_bench {
public:
  explicit core_bench(core_config config = {}, std::uint8_t device = 1)
      : key(test_key(device)), store(store_instance{device}), core(std::move(config), key, store) {}

  void feed(event e) {
    std::vector<effect> effects;
    core.step(now, wall, std::move(e), effects);
    for (effect& f : effects) {
      if (auto* s = std::get_if<fx::send>(&f)) {
        splitters[s->session].feed(s->frame);
        while (auto m = *splitters[s->session].next()) heard[s->session].push_back(*m);
      } else if (auto* c = std::get_if<fx::close>(&f)) {
        closed[c->session] = *c;
      } else if (auto* t = std::get_if<fx::commit>(&f)) {
        commits.push_back(*t);
      } else if (auto* w = std::get_if<fx::wake>(&f)) {
        wake = w->at;
      } else {
        rest.push_back(std::move(f));
      }
    }
    while (auto_commit && !commits.empty()) commit();
  }
  void commit() {
    const fx::commit c = commits.front();
    commits.erase(commits.begin());
    const auto done = store.commit(c.data);
    if (done) {
      feed(ev::stored{c.txn});
    } else {
      feed(ev::store_failed{c.txn, done.error()});
    }
  }
  /// Lets time pass, timer by timer.
  void pass(std::int64_t ms) {
    const time_point until = now + time_point{ms};
    while (wake <= until && wake >= now) {
      now = wake;
      wake = until + time_point{1};
      feed(ev::tick{});
    }
    now = until;
    feed(ev::tick{});
  }

  void up(session_id id, std::uint8_t device, bool dialled = false, bool known = true,
          std::optional<join_link> redeem = std::nullopt) {
    feed(ev::session_up{id, test_key(device).public_part(), dialled, known, std::move(redeem)});
  }
  void say(session_id id, const message& m) { feed(ev::received{id, writers[id].write(m)}); }
  msg::hello hello_of(std::uint8_t device) const {
    msg::hello m;
    m.name = "peer" + std::to_string(device);
    m.instance = {device};
    return m;
  }
  /// A session that is open.
  void open(session_id id, std::uint8_t device, bool dialled = false) {
    up(id, device, dialled);
    say(id, hello_of(device));
    say(id, msg::ready{1, {}});
  }

  template <class T>
  std::vector<T> said(session_id id) const {
    std::vector<T> out;
    const auto found = heard.find(id);
    if (found == heard.end()) return out;
    for (const message& m : found->second) {
      if (const T* one = std::get_if<T>(&m)) out.push_back(*one);
    }
    return out;
  }
  /// Batches of changes sent, in either form.
  std::size_t offers(session_id id) const {
    return said<msg::changes>(id).size() + said<msg::small_changes>(id).size();
  }
  template <class T>
  std::vector<T> effects() const {
    std::vector<T> out;
    for (const effect& f : rest) {
      if (const T* one = std::get_if<T>(&f)) out.push_back(*one);
    }
    return out;
  }
  void forget() {
    heard.clear();
    rest.clear();
  }

  /// Founds a document here.
  doc_id create() {
    member_entry e;
    e.kind = entry_kind::create;
    e.author = key.public_part();
    e.sign(key);
    feed(ev::create_document{document_of(e), "notes", e});
    return document_of(e);
  }
  member_entry grant_entry(const doc_id& document, std::uint8_t device, role as) const {
    member_entry e;
    e.kind = entry_kind::grant;
    e.document = document;
    e.parents = core.members(document)->heads();
    e.author = key.public_part();
    e.subject = test_key(device).public_part();
    e.granted = as;
    e.sign(key);
    return e;
  }
  void grant(const doc_id& document, std::uint8_t device, role as) {
    feed(ev::local_members{document, {grant_entry(document, device, as)}});
  }

  key_pair key;
  memory_store store;
  node_core core;
  time_point now{1'000};
  std::int64_t wall = 1'700'000'000'000;
  time_point wake{0};
  bool auto_commit = true;
  std::map<session_id, frame_splitter> splitters;
  std::map<session_id, frame_writer> writers;
  std::map<session_id, std::vector<message>> heard;
  std::map<session_id, fx::close> closed;
  std::vector<fx::commit> commits;
  std::vector<effect> rest;
};

/// A writer somewhere else: seals real changes of one replica.
class foreign_writer {
public:
  foreign_writer(const doc_id& id, std::uint8_t device, std::uint64_t replica)
      : document(id),
        key(test_key(device)),
        app(id, crdt::replica_id::from_number(replica), memory_store(store_instance{})) {}

  std::vector<checked_change> write(std::string_view text) {
    app.insert(text);
    return app.seal(key, 0);
  }
  static bytes block(const std::vector<checked_change>& changes) {
    std::vector<sealed_change> sealed;
    for (const checked_change& c : changes) sealed.push_back(c.sealed);
    return crdt::encode_block(sealed);
  }

  doc_id document;
  key_pair key;
  sim::app_document app;
};

}  // namespace weft::sync
