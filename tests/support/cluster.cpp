// SPDX-License-Identifier: MIT
#include "support/cluster.hpp"

#include "support/step_import.hpp"
#include "support/utf8.hpp"

#include <algorithm>
#include <functional>
#include <utility>

namespace weft::test {

void require(bool holds, const std::string& claim) {
  if (!holds) {
    throw mismatch(claim);
  }
}

const container_path& cluster::main_text() {
  static const container_path path{crdt::container_type::text, "t", {}};
  return path;
}

cluster::cluster(const script& s, cluster_options options)
    : script_(s), options_(options), world_(std::make_unique<naive_world>()) {
  for (unsigned i = 0; i < s.peers; ++i) {
    add_peer();
  }
}

crdt::replica_id cluster::fresh_id() {
  rng random(script_.ids * 1000U + ids_given_++);
  return crdt::replica_id::from_number(random.next() >> 24U);
}

void cluster::add_peer() {
  const crdt::replica_id id = fresh_id();
  peers_.emplace_back(crdt::document(id), naive_document(*world_, id));
  listen(peers_.back());
}

// The listener may not point to the peer, which moves when the vector grows; the document stays.
void cluster::listen(peer& p) {
  p.opened = openings_++;
  const crdt::document* doc = p.doc.get();
  p.doc->subscribe([this, doc](const crdt::event& e) {
    const auto owner = std::find_if(peers_.begin(), peers_.end(),
                                    [&](const peer& q) { return q.doc.get() == doc; });
    event_mirror& m = owner->mirror;
    m.recent.push_back(e);
    for (const crdt::container_change& c : e.changes) {
      if (m.from_empty) {
        m.tracked.insert(c.container);
      }
      for (const crdt::text_patch& patch : c.patches) {
        const std::u32string fresh = to_scalars(patch.inserted);
        require(fresh.size() == patch.inserted_length, "a patch says how long its text is");
        std::u32string& text = m.texts[c.container];
        if (m.tracked.count(c.container) != 0) {
          require(patch.position + patch.erased <= text.size(), "a patch lies inside the text");
          text.replace(patch.position, patch.erased, fresh);
        }
      }
      m.dirty[c.container].insert(c.keys.begin(), c.keys.end());
      m.sums[c.container] += static_cast<std::uint64_t>(c.counter_delta);
    }
  });
}

void cluster::run() {
  for (const step& s : script_.steps) {
    try {
      run_step(s);
    } catch (const std::exception& e) {
      throw mismatch(std::string(e.what()) + " [after: " + describe(s) + "]");
    }
  }
  converge(script_.ids);
}

void cluster::run_step(const step& s) {
  const std::size_t at = s.peer % peers_.size();
  const std::size_t other_at =
      (at + 1 + s.extra % std::max<std::size_t>(1, peers_.size() - 1)) % peers_.size();
  peer& p = peers_[at];
  peer& other = peers_[other_at];
  if (s.kind > step_kind::end_transaction && s.kind != step_kind::take_cursor) {
    close_transactions(p);
    close_transactions(other);
  }
  switch (s.kind) {
    case step_kind::map_set:
    case step_kind::map_erase:
    case step_kind::ensure:
      edit_map(p, s);
      break;
    case step_kind::counter_add:
      add_to_counter(p, s);
      break;
    case step_kind::begin_transaction:
      p.doc->begin();
      ++p.open_transactions;
      break;
    case step_kind::end_transaction:
      if (p.open_transactions > 0) {
        p.doc->commit();
        --p.open_transactions;
      }
      break;
    case step_kind::undo:
      undo_or_redo(p, false);
      break;
    case step_kind::redo:
      undo_or_redo(p, true);
      break;
    case step_kind::set_replica:
      if (ids_given_ < 12) {
        p.twin.set_replica(fresh_id());
        p.doc->set_replica(p.twin.replica());
        p.own.insert(p.twin.replica());
      }
      break;
    case step_kind::reopen:
      reopen(p);
      break;
    case step_kind::fork:
      if (peers_.size() < 5 && ids_given_ < 12) {
        fork(p);
      }
      break;
    case step_kind::sync:
      sync(p, other, false);
      break;
    case step_kind::sync_repeated:
      sync(p, other, true);
      break;
    case step_kind::send_some:
      send_some(p, other, s);
      break;
    case step_kind::take_cursor:
      take_cursor(p, s);
      break;
    case step_kind::sync_all:
      for (peer& to : peers_) {
        close_transactions(to);
        sync(p, to, false);
      }
      break;
    default:
      edit_text(p, s);
  }
  if (options_.check_each_step) {
    for (peer& any : peers_) {
      check(any);
    }
  }
}

void cluster::close_transactions(peer& p) {
  for (; p.open_transactions > 0; --p.open_transactions) {
    p.doc->commit();
  }
}

void cluster::reopen(peer& p) {
  auto stacks = p.undo->encode();
  const crdt::bytes snapshot = p.doc->export_snapshot();
  p.undo.reset();
  auto opened = crdt::document::open(p.twin.replica(), snapshot);
  require(opened.has_value(), "a snapshot opens");
  p.doc = std::make_unique<crdt::document>(std::move(*opened));
  p.undo = std::make_unique<crdt::undo_manager>(*p.doc);
  require(p.undo->restore(stacks).has_value(), "the undo stacks come back after reopening");
  p.received = p.twin.known();
  p.mirror = {};
  p.mirror.from_empty = false;
  p.paths.clear();
  learn_texts(p);
  listen(p);
}

void cluster::fork(peer& from) {
  const crdt::bytes snapshot = from.doc->export_snapshot();
  naive_document twin = from.twin;
  const crdt::replica_id id = fresh_id();
  twin.set_replica(id);
  auto opened = crdt::document::open(id, snapshot);
  require(opened.has_value(), "a snapshot opens");
  peers_.emplace_back(std::move(*opened), std::move(twin));
  peers_.back().mirror.from_empty = false;
  listen(peers_.back());
}

void cluster::sync(peer& from, peer& to, bool everything) {
  if (&from == &to) {
    return;
  }
  const crdt::bytes update =
      everything ? from.doc->export_updates({}, 0) : from.doc->export_updates(to.doc->version());
  rng random(update.size());
  const auto report = import_somehow(*to.doc, update, random);
  require(report.has_value(), "an exported update imports");
  std::vector<node> ops;
  for (node n = 0; n < from.twin.known().size(); ++n) {
    if (from.twin.knows(n) && (everything || !to.twin.knows(n))) {
      ops.push_back(n);
    }
  }
  deliver(to, ops, *report);
}

// Changes of some replicas, some left out, in any order. Small cuts only where no operation needs
// its neighbours: the parts of a reset mean one thing together.
void cluster::send_some(peer& from, peer& to, const step& s) {
  if (&from == &to) {
    return;
  }
  rng random(s.place * 65'536U + s.amount * 256U + s.extra);
  const bool cut = std::all_of(world_->ops.begin(), world_->ops.end(), [](const world_op& op) {
    return op.kind == op_kind::insert || op.kind == op_kind::erase || op.kind == op_kind::add;
  });
  std::vector<crdt::change> changes;
  for (const auto& [replica, count] : from.twin.counts()) {
    crdt::limits bounds;
    if (cut) {
      bounds.max_change_ops = static_cast<std::uint32_t>(1 + random.below(20));
    }
    const std::uint32_t known = to.doc->version().count(replica);
    const std::uint32_t first = random.chance(70) || !cut
                                    ? std::min(known, count)
                                    : static_cast<std::uint32_t>(random.below(count + 1));
    if (random.chance(70)) {
      for (crdt::change& c : from.doc->export_changes(replica, first, bounds)) {
        if (random.chance(85)) {
          changes.push_back(std::move(c));
        }
      }
    }
  }
  random.shuffle(changes);
  std::vector<node> ops;
  for (const crdt::change& c : changes) {
    for (std::uint32_t i = 0; i < c.length; ++i) {
      ops.push_back(world_->index.at({c.first.replica, c.first.counter + i}));
    }
    require(c.lamport == world_->graph.lamport(world_->index.at(c.first)),
            "a change has the lamport of its first operation");
  }
  const auto report = to.doc->import_changes(changes);
  require(report.has_value(), "exported changes import");
  deliver(to, ops, *report);
}

void cluster::deliver(peer& to, const std::vector<node>& ops, const crdt::import_report& report) {
  for (const node n : ops) {
    put(to.received, n);
  }
  std::uint64_t applied = 0;
  for (node n = 0; n < to.received.size(); ++n) {  // ascending is a causal order
    if (to.received[n] && !to.twin.knows(n) && to.twin.ready(n)) {
      to.twin.receive(n);
      ++applied;
    }
  }
  for (node n = 0; n < to.twin.known().size(); ++n) {
    if (to.twin.knows(n)) {
      put(to.received, n);
    }
  }
  require(report.applied == applied, "an import reports " + std::to_string(applied) +
                                         " operations as applied, not " +
                                         std::to_string(report.applied));
  check(to);
}

void cluster::converge(std::uint64_t seed) {
  for (peer& p : peers_) {
    close_transactions(p);
  }
  for (std::size_t round = 0; round < 2; ++round) {
    for (peer& p : peers_) {
      sync(p, peers_.front(), false);
    }
    for (peer& p : peers_) {
      sync(peers_.front(), p, false);
    }
  }
  const crdt::bytes canonical = peers_.front().doc->export_canonical();
  for (peer& p : peers_) {
    check(p);
    p.doc->check_invariants();
    require(p.doc->version() == peers_.front().doc->version(), "all versions are equal");
    require(p.doc->frontier() == peers_.front().doc->frontier(), "all frontiers are equal");
    require(p.doc->export_canonical() == canonical, "all canonical exports are equal");
  }
  check_walk(peers_.front(), seed);
  check_fresh_imports(seed);
}

void run_script(crdt::byte_view bytes, cluster_options options) {
  cluster c(decode_script(bytes), options);
  c.run();
}

void check_script(const crdt::bytes& bytes, cluster_options options) {
  const auto failure = [&](crdt::byte_view candidate) -> std::string {
    try {
      run_script(candidate, options);
      return {};
    } catch (const std::exception& e) {
      return e.what();
    }
  };
  if (failure(bytes).empty()) {
    return;
  }
  const crdt::bytes small = shrink_bytes(bytes, {script_head_bytes, script_step_bytes, 400},
                                         [&](crdt::byte_view b) { return !failure(b).empty(); });
  throw mismatch(failure(small) + "\nrun it again with WEFT_SCRIPT=" + to_hex(small) + '\n' +
                 describe(decode_script(small)));
}

crdt::bytes shrink_bytes(crdt::bytes bytes, shrink_layout layout,
                         const std::function<bool(crdt::byte_view)>& fails) {
  std::size_t attempts = 0;
  for (std::size_t steps = bytes.size() / layout.step / 2; steps > 0; steps /= 2) {
    // From the end: what came last is needed least by the rest.
    for (std::size_t end = bytes.size(); end > layout.head && attempts < layout.attempts;) {
      const std::size_t size = std::min(end - layout.head, steps * layout.step);
      crdt::bytes shorter = bytes;
      shorter.erase(shorter.begin() + static_cast<std::ptrdiff_t>(end - size),
                    shorter.begin() + static_cast<std::ptrdiff_t>(end));
      ++attempts;
      if (fails(shorter)) {
        bytes = std::move(shorter);
      }
      end -= size;
    }
  }
  for (std::size_t at = layout.head; at < bytes.size() && attempts < layout.attempts; ++at) {
    if (bytes[at] != 0 && (at - layout.head) % layout.step != 0) {
      crdt::bytes calmer = bytes;
      calmer[at] = 0;
      ++attempts;
      if (fails(calmer)) {
        bytes = std::move(calmer);
      }
    }
  }
  return bytes;
}

std::string to_hex(crdt::byte_view bytes) {
  constexpr char digits[] = "0123456789abcdef";
  std::string out;
  for (const std::uint8_t b : bytes) {
    out.push_back(digits[b / 16]);
    out.push_back(digits[b % 16]);
  }
  return out;
}

crdt::bytes from_hex(std::string_view hex) {
  crdt::bytes out;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    out.push_back(
        static_cast<std::uint8_t>(std::stoul(std::string(hex.substr(i, 2)), nullptr, 16)));
  }
  return out;
}

}  // namespace weft::test
