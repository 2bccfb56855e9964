// SPDX-License-Identifier: MIT
// The walk over the whole store that finds damage before a reader does.
#include "store/store_state.hpp"

#include <utility>

namespace weft::sync {

using detail::store_document;
using detail::stored_change;
using detail::table;

namespace {

constexpr std::size_t changes_at_once = 4096;

/// Checks changes as if they came from a stranger: chain, deps, lamport, content, signatures.
class replay {
public:
  explicit replay(const store_document& d) : d_(d) {
    lookup_.by_seq = [this](const replica_id& r, std::uint64_t seq) {
      auto found = index_.by_seq(r, seq);
      // A pack refers to changes of the one before, which may still wait to be checked.
      if (!found && !batch_.empty() && open_.empty()) {
        check();
        found = index_.by_seq(r, seq);
      }
      return found;
    };
    lookup_.by_last_op = [this](const crdt::op_id& id) { return index_.by_last_op(id); };
    lookup_.head = [this](const replica_id& r) -> std::optional<replica_head> {
      const auto found = heads_.find(r);
      if (found == heads_.end()) return std::nullopt;
      return found->second;
    };
  }
  replay(const replay&) = delete;
  replay& operator=(const replay&) = delete;

  [[nodiscard]] const change_lookup& lookup() const { return lookup_; }
  void add(const stored_change& c) {
    batch_.push_back(c);
    if (c.sealed.signature.empty()) {
      open_.insert(c.sealed.header.replica);
    } else {
      open_.erase(c.sealed.header.replica);
    }
    if (batch_.size() >= changes_at_once && open_.empty()) check();
  }
  /// What is wrong with the document as a whole.
  void finish(std::vector<std::string>& out) {
    check();
    const std::string name = "Document " + to_string(d_.doc.id);
    if (fault_) out.push_back(name + ": " + *fault_);
    if (index_.size() != d_.doc.change_count || last_lsn_ != d_.doc.last_lsn) {
      out.push_back(name + " has " + std::to_string(index_.size()) + " readable changes of " +
                    std::to_string(d_.doc.change_count) + ".");
    }
    if (index_.digest() != d_.doc.log_digest) {
      out.push_back(name + ": the digest of its log is wrong.");
    }
    for (const auto& [replica, row] : d_.heads) {
      const auto found = heads_.find(replica);
      if (found == heads_.end() || found->second.last.hash != row.head.last.hash ||
          found->second.membership_heads != row.head.membership_heads ||
          found->second.author != row.head.author) {
        out.push_back(name + ": the newest change of replica " + to_string(replica) +
                      " is not the one that was recorded.");
      }
    }
    for (const auto& [hash, reason] : membership_faults_) out.push_back(name + ": " + reason);
  }
  void note_member(const member_entry& entry) {
    if (!entry.well_signed()) {
      membership_faults_.emplace(entry.hash(), "a membership entry has a wrong signature.");
    }
  }

private:
  void check() {
    const std::vector<stored_change> batch = std::exchange(batch_, {});
    std::vector<sealed_change> plain;
    plain.reserve(batch.size());
    for (const stored_change& c : batch) plain.push_back(c.sealed);
    const std::size_t size = plain.size();
    auto checked = check_batch(d_.doc.id, std::move(plain), lookup_);
    if (!checked || checked->size() != size) {
      if (!fault_) fault_ = checked ? "a change is stored twice." : checked.error().what;
      return;
    }
    for (std::size_t i = 0; i < size; ++i) {
      const checked_change& c = (*checked)[i];
      if (batch[i].lsn <= last_lsn_ || !index_.add(c.meta, batch[i].lsn)) {
        fault_ = "change " + std::to_string(batch[i].lsn) + " is not in its place.";
      }
      last_lsn_ = batch[i].lsn;
      replica_head& head = heads_[c.meta.replica];
      head.last = c.meta;
      head.author = c.author;
      if (!c.sealed.header.membership_heads.empty()) {
        head.membership_heads = c.sealed.header.membership_heads;
      }
    }
  }

  const store_document& d_;
  detail::doc_index index_;
  change_lookup lookup_;
  std::map<replica_id, replica_head> heads_;
  std::vector<stored_change> batch_;
  std::set<replica_id> open_;
  std::uint64_t last_lsn_ = 0;
  std::optional<std::string> fault_;
  std::map<member_hash, std::string> membership_faults_;
};

}  // namespace

std::vector<std::string> sqlite_store::scrub() const {
  state& s = *state_;
  if (!s.db) return {"The store is closed."};
  std::vector<std::string> out = s.damaged;
  for (std::string& fault : s.db->structure_faults(20)) out.push_back(std::move(fault));
  const auto note = [&out](const std::string& what) { out.push_back(what); };
  const auto count = [](std::int64_t, byte_view) -> result<bool> { return true; };
  for (const table t : {table::record, table::pack, table::change}) {
    if (auto ok = s.db->scan_all(t, 0, INT64_MAX, count, note); !ok) note(ok.error().what);
  }
  s.cached_pack = -1;
  for (auto& [id, d] : s.documents) {
    replay check(d);
    for (const member_entry& entry : d.members) check.note_member(entry);
    auto read =
        s.for_each_change(d, 0, check.lookup(), [&](const stored_change& c) -> result<bool> {
          check.add(c);
          return true;
        });
    if (!read) note(read.error().what);
    check.finish(out);
  }
  return out;
}

}  // namespace weft::sync
