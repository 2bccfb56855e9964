// SPDX-License-Identifier: MIT
#include "profile/recording.hpp"

#include "trace/trace_history.hpp"
#include "weft/crdt/document/document.hpp"
#include "weft/sync/sealed.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <utility>

namespace weft::app {

namespace {

using log_entries = std::vector<sync::shared_document::log_entry>;
using counts = std::vector<std::uint32_t>;  // agent -> number of its changes

/// Finds entries the way a store finds changes.
class entry_index {
public:
  explicit entry_index(const log_entries& entries) : entries_(entries) {
    for (std::size_t i = 0; i < entries.size(); ++i) {
      const sync::change_meta& meta = entries[i].meta;
      by_seq_[{meta.replica, meta.seq}] = i;
      by_last_[{meta.replica, meta.end_counter() - 1}] = i;
      agents_.emplace(meta.replica, 0);
    }
    std::uint32_t number = 0;
    for (auto& [replica, agent] : agents_) agent = number++;
  }

  [[nodiscard]] std::uint32_t agent_count() const {
    return static_cast<std::uint32_t>(agents_.size());
  }
  [[nodiscard]] std::uint32_t agent(std::size_t entry) const {
    return agents_.at(entries_[entry].meta.replica);
  }
  [[nodiscard]] std::size_t find(const crdt::replica_id& replica, std::uint64_t seq) const {
    const auto found = by_seq_.find({replica, seq});
    if (found == by_seq_.end()) throw trace_error("the history has a gap; run `weft doctor`");
    return found->second;
  }
  [[nodiscard]] sync::change_lookup lookup() const {
    sync::change_lookup out;
    out.by_seq = [this](const crdt::replica_id& replica,
                        std::uint64_t seq) -> std::optional<sync::change_meta> {
      const auto found = by_seq_.find({replica, seq});
      if (found == by_seq_.end()) return std::nullopt;
      return entries_[found->second].meta;
    };
    out.by_last_op = [this](const crdt::op_id& id) -> std::optional<sync::change_meta> {
      const auto found = by_last_.find({id.replica, id.counter});
      if (found == by_last_.end()) return std::nullopt;
      return entries_[found->second].meta;
    };
    out.head = [](const crdt::replica_id&) { return std::optional<sync::replica_head>(); };
    return out;
  }

private:
  const log_entries& entries_;
  std::map<std::pair<crdt::replica_id, std::uint64_t>, std::size_t> by_seq_;
  std::map<std::pair<crdt::replica_id, std::uint32_t>, std::size_t> by_last_;
  std::map<crdt::replica_id, std::uint32_t> agents_;
};

/// A document that sees what one author saw, and reports what each change did to the text.
class viewer {
public:
  explicit viewer(std::uint64_t number)
      : document_(crdt::replica_id::from_number((std::uint64_t{1} << 40U) + number)),
        text_(document_.get_text("text")) {
    document_.subscribe([this](const crdt::event& e) {
      for (const crdt::container_change& c : e.changes) {
        if (c.container == text_.index()) patches_ = c.patches;
      }
    });
  }
  viewer(const viewer&) = delete;
  viewer& operator=(const viewer&) = delete;

  std::vector<crdt::text_patch> import(const std::vector<crdt::change>& batch) {
    patches_.clear();
    if (batch.empty()) return {};
    const crdt::result<crdt::import_report> report = document_.import_changes(batch);
    if (!report) throw trace_error("the history is damaged: " + to_string(report.error()));
    if (report->pending != 0) throw trace_error("the history has a gap; run `weft doctor`");
    return std::move(patches_);
  }
  [[nodiscard]] std::string text() const { return text_.to_string(); }

private:
  crdt::document document_;
  crdt::text text_;
  std::vector<crdt::text_patch> patches_;
};

class recorder {
public:
  explicit recorder(const log_entries& entries) : entries_(entries), index_(entries) {}

  recording run();

private:
  void see(std::size_t entry);
  /// Entries that others made, that `version` includes and that the author has not seen.
  std::vector<crdt::change> unseen(std::uint32_t agent, const counts& version);
  void add(std::size_t entry, const std::vector<crdt::text_patch>& patches);
  /// The transactions behind the parents of an entry; those without text stand for their own.
  [[nodiscard]] std::vector<std::uint32_t> parent_transactions(std::size_t entry) const;
  /// Whether one transaction was made with another one in view.
  [[nodiscard]] bool saw(std::uint32_t later, std::uint32_t earlier) const;

  const log_entries& entries_;
  entry_index index_;
  recording out_;
  std::vector<crdt::change> changes_;
  std::vector<std::vector<std::size_t>> parents_;            // of each entry, as entries
  std::vector<counts> versions_;                             // of each entry, itself included
  std::vector<std::vector<std::size_t>> owned_;              // agent -> its entries
  std::vector<counts> seen_;                                 // of each agent
  std::vector<std::unique_ptr<viewer>> viewers_;             // of each agent
  std::vector<std::size_t> entry_of_;                        // transaction -> entry
  std::vector<std::vector<std::uint32_t>> transactions_of_;  // entry -> frontier in transactions
};

std::vector<crdt::change> recorder::unseen(std::uint32_t agent, const counts& version) {
  std::vector<std::size_t> found;
  counts& seen = seen_[agent];
  for (std::size_t a = 0; a < version.size(); ++a) {
    for (std::uint32_t i = seen[a]; i < version[a]; ++i) found.push_back(owned_[a][i]);
    seen[a] = std::max(seen[a], version[a]);
  }
  std::sort(found.begin(), found.end());
  std::vector<crdt::change> batch;
  for (const std::size_t entry : found) batch.push_back(changes_[entry]);
  return batch;
}

std::vector<std::uint32_t> recorder::parent_transactions(std::size_t entry) const {
  std::vector<std::uint32_t> all;
  for (const std::size_t parent : parents_[entry]) {
    all.insert(all.end(), transactions_of_[parent].begin(), transactions_of_[parent].end());
  }
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  // Parents are minimal: one that another has seen is left out.
  std::vector<std::uint32_t> minimal;
  for (const std::uint32_t one : all) {
    const auto followed = [&](std::uint32_t other) { return other != one && saw(other, one); };
    if (std::none_of(all.begin(), all.end(), followed)) minimal.push_back(one);
  }
  return minimal;
}

bool recorder::saw(std::uint32_t later, std::uint32_t earlier) const {
  const std::size_t entry = entry_of_[earlier];
  const std::uint32_t agent = index_.agent(entry);
  // The version of an entry counts itself, so its own count is its number plus one.
  return versions_[entry_of_[later]][agent] >= versions_[entry][agent];
}

void recorder::add(std::size_t entry, const std::vector<crdt::text_patch>& patches) {
  std::vector<std::uint32_t> parents = parent_transactions(entry);
  trace& t = out_.history;
  if (patches.empty()) {
    transactions_of_.push_back(std::move(parents));
    return;
  }
  transactions_of_.push_back({static_cast<std::uint32_t>(t.transactions.size())});
  entry_of_.push_back(entry);
  t.add_transaction(index_.agent(entry), parents);
  for (const crdt::text_patch& p : patches) t.add_patch(p.position, p.erased, p.inserted);
  out_.wall_ms.push_back(entries_[entry].header.wall_ms);
}

void recorder::see(std::size_t entry) {
  const sync::shared_document::log_entry& e = entries_[entry];
  const std::uint32_t agent = index_.agent(entry);
  std::vector<std::size_t> parents;
  if (e.meta.seq > 0) parents.push_back(index_.find(e.meta.replica, e.meta.seq - 1));
  for (const crdt::change_ref& dep : e.header.deps) {
    parents.push_back(index_.find(dep.replica, dep.seq));
  }
  counts version(index_.agent_count());
  for (const std::size_t parent : parents) {
    if (parent >= entry) throw trace_error("the history is not in a causal order");
    for (std::size_t a = 0; a < version.size(); ++a) {
      version[a] = std::max(version[a], versions_[parent][a]);
    }
  }
  parents_.push_back(std::move(parents));
  crdt::sealed_change sealed{e.header, e.body, {}};
  const sync::result<crdt::change> change = sync::unseal(sealed, index_.lookup());
  if (!change) throw trace_error("the history is damaged: " + change.error().what);
  changes_.push_back(*change);
  if (!viewers_[agent]) viewers_[agent] = std::make_unique<viewer>(agent);
  static_cast<void>(viewers_[agent]->import(unseen(agent, version)));
  owned_[agent].push_back(entry);
  ++version[agent];
  add(entry, viewers_[agent]->import(unseen(agent, version)));
  versions_.push_back(std::move(version));
}

recording recorder::run() {
  const std::uint32_t agents = index_.agent_count();
  owned_.resize(agents);
  seen_.assign(agents, counts(agents));
  viewers_.resize(agents);
  out_.history.kind = trace_kind::concurrent;
  out_.history.agents = std::max(agents, 1U);
  for (std::size_t i = 0; i < entries_.size(); ++i) see(i);
  viewer whole(agents);
  static_cast<void>(whole.import(changes_));
  out_.history.end_content = whole.text();
  return std::move(out_);
}

}  // namespace

recording record_history(const log_entries& entries) {
  recording out = recorder(entries).run();
  // A change is told by its net effect: text typed and deleted inside of it is gone. Where others
  // had typed beside such text, the replay could order it otherwise; so it is tried.
  trace_history replayed = build_history(out.history, {});
  if (replayed.whole.get_text("text").to_string() != out.history.end_content) {
    throw trace_error("this history cannot be told as a trace: its replay ends in another text");
  }
  return out;
}

}  // namespace weft::app
