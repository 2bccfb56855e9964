// SPDX-License-Identifier: MIT
// Evaluation of membership: which entries count, as a pure function of their set.
//
// There is no revocation in this version, so rights only grow, and the answer is the least fixed
// point of the rules below: begin with nothing, let entries count whose rule holds, repeat. The
// point does not depend on the order. Which redemptions of an over-used invitation win is decided
// before that, from hashes alone; so a win never depends on what counts.
#include "weft/sync/membership.hpp"

#include <algorithm>
#include <deque>
#include <set>

namespace weft::sync {

namespace {

/// Entries by position in a topological order. Only those whose ancestors are all present.
struct entry_graph {
  std::vector<const member_entry*> entry;
  std::vector<member_hash> hash;
  std::vector<std::vector<bool>> before;  // before[i][j]: j is an ancestor of i

  [[nodiscard]] std::size_t size() const { return entry.size(); }
};

entry_graph order(const std::map<member_hash, member_entry>& entries) {
  std::map<member_hash, std::vector<member_hash>> children;
  std::map<member_hash, std::size_t> waiting;
  std::deque<member_hash> ready;
  for (const auto& [hash, entry] : entries) {
    for (const member_hash& parent : entry.parents) children[parent].push_back(hash);
    waiting[hash] = entry.parents.size();
    if (entry.parents.empty()) ready.push_back(hash);
  }
  entry_graph out;
  std::map<member_hash, std::size_t> place;
  while (!ready.empty()) {
    const member_hash hash = ready.front();
    ready.pop_front();
    const member_entry& entry = entries.at(hash);
    std::vector<bool> before(entries.size(), false);
    for (const member_hash& parent : entry.parents) {
      const std::size_t at = place.at(parent);
      before[at] = true;
      for (std::size_t j = 0; j < at; ++j) {
        if (out.before[at][j]) before[j] = true;
      }
    }
    place[hash] = out.size();
    out.entry.push_back(&entry);
    out.hash.push_back(hash);
    out.before.push_back(std::move(before));
    for (const member_hash& child : children[hash]) {
      if (--waiting[child] == 0) ready.push_back(child);
    }
  }
  return out;
}

/// The rules. `limited` false leaves `max_uses` out: what could ever count.
class evaluation {
public:
  evaluation(const entry_graph& graph, bool limited)
      : graph_(graph), limited_(limited), counts_(graph.size(), false) {
    for (std::size_t i = 0; i < graph.size(); ++i) {
      if (graph.entry[i]->kind == entry_kind::redeem) redeems_[graph.entry[i]->invite].push_back(i);
      if (graph.entry[i]->kind == entry_kind::invite) invites_[graph.entry[i]->invite].push_back(i);
    }
    for (auto& [key, list] : redeems_) {
      std::sort(list.begin(), list.end(),
                [&](std::size_t a, std::size_t b) { return graph.hash[a] < graph.hash[b]; });
    }
    for (const auto& [key, list] : invites_) {
      for (const std::size_t i : list) users_[i] = winners(i);
    }
    bool grew = true;
    while (grew) {
      grew = false;
      for (std::size_t i = 0; i < graph.size(); ++i) {
        if (!counts_[i] && may_count(i)) {
          counts_[i] = true;
          order_.push_back(i);
          grew = true;
        }
      }
    }
  }

  [[nodiscard]] const std::vector<std::size_t>& order() const { return order_; }

  /// The role that entry `i` gives; `none` if it does not count.
  [[nodiscard]] role role_from(std::size_t i) const {
    if (!counts_[i]) return role::none;
    const member_entry& e = *graph_.entry[i];
    if (e.kind == entry_kind::create) return role::owner;
    if (e.kind == entry_kind::grant) return e.granted;
    return e.kind == entry_kind::redeem ? redeemed(i) : role::none;
  }

  /// Devices that use invitation `i`, the winners only.
  [[nodiscard]] const std::set<public_key>& users(std::size_t i) const { return users_.at(i); }

private:
  [[nodiscard]] std::set<public_key> winners(std::size_t i) const {
    std::set<public_key> out;
    const member_entry& e = *graph_.entry[i];
    const auto found = redeems_.find(e.invite);
    if (found == redeems_.end()) return out;
    for (const std::size_t redeem : found->second) {
      if (limited_ && e.max_uses != 0 && out.size() == e.max_uses) break;
      out.insert(graph_.entry[redeem]->author);
    }
    return out;
  }

  [[nodiscard]] role redeemed(std::size_t i) const {
    role best = role::none;
    const auto found = invites_.find(graph_.entry[i]->invite);
    if (found == invites_.end()) return best;
    for (const std::size_t invite : found->second) {
      if (counts_[invite] && graph_.entry[invite]->granted > best &&
          users(invite).contains(graph_.entry[i]->author)) {
        best = graph_.entry[invite]->granted;
      }
    }
    return best;
  }

  [[nodiscard]] bool may_count(std::size_t i) const {
    switch (graph_.entry[i]->kind) {
      case entry_kind::create:
        return true;
      case entry_kind::redeem:
        return redeemed(i) != role::none;
      case entry_kind::invite:
      case entry_kind::grant:
        return author_owns_before(i);
    }
    return false;
  }

  [[nodiscard]] bool author_owns_before(std::size_t i) const {
    const public_key& author = graph_.entry[i]->author;
    for (std::size_t j = 0; j < i; ++j) {
      if (!graph_.before[i][j] || !counts_[j]) continue;
      const member_entry& e = *graph_.entry[j];
      const public_key& subject = e.kind == entry_kind::grant ? e.subject : e.author;
      if (subject == author && role_from(j) == role::owner) return true;
    }
    return false;
  }

  const entry_graph& graph_;
  bool limited_;
  std::vector<bool> counts_;
  std::vector<std::size_t> order_;
  std::map<public_key, std::vector<std::size_t>> redeems_;  // by hash
  std::map<public_key, std::vector<std::size_t>> invites_;
  std::map<std::size_t, std::set<public_key>> users_;  // of each invitation
};

sync_error bad(const char* what) {
  return {sync_errc::bad_data, what};
}

}  // namespace

bool membership::insert(const member_entry& entry) {
  return entries_.emplace(entry.hash(), entry).second;
}

result<bool> membership::add(const member_entry& entry) {
  if (entries_.contains(entry.hash())) return false;
  if (!entry.well_signed()) return bad("The membership entry is not signed as it should be.");
  const doc_id document =
      entry.kind == entry_kind::create ? document_of(entry) : entry.document.value_or(doc_id{});
  if (!entries_.empty()) {
    const member_entry& first = entries_.begin()->second;
    const doc_id ours =
        first.kind == entry_kind::create ? document_of(first) : first.document.value_or(doc_id{});
    if (ours != document) return bad("The membership entry belongs to another document.");
  }
  insert(entry);
  evaluate();
  return true;
}

std::vector<member_entry> membership::add_plausible(std::span<const member_entry> entries) {
  std::vector<member_hash> fresh;
  std::optional<doc_id> document;
  const auto document_of_entry = [](const member_entry& e) {
    return e.kind == entry_kind::create ? document_of(e) : e.document.value_or(doc_id{});
  };
  if (!entries_.empty()) document = document_of_entry(entries_.begin()->second);
  for (const member_entry& entry : entries) {
    const member_hash hash = entry.hash();
    if (entries_.contains(hash) || !entry.well_signed()) continue;
    if (document && *document != document_of_entry(entry)) continue;
    document = document_of_entry(entry);
    insert(entry);
    fresh.push_back(hash);
  }
  if (fresh.empty()) return {};
  evaluate();
  const std::set<member_hash> plausible(plausible_.begin(), plausible_.end());
  std::set<member_hash> kept;
  for (const member_hash& hash : fresh) {
    if (plausible.contains(hash)) {
      kept.insert(hash);
    } else {
      entries_.erase(hash);
    }
  }
  if (kept.size() != fresh.size()) evaluate();
  std::vector<member_entry> out;
  for (const member_hash& hash : plausible_) {
    if (kept.contains(hash)) out.push_back(entries_.at(hash));
  }
  return out;
}

std::vector<member_entry> membership::plausible_entries() const {
  std::vector<member_entry> out;
  out.reserve(plausible_.size());
  for (const member_hash& hash : plausible_) out.push_back(entries_.at(hash));
  return out;
}

void membership::evaluate() {
  const entry_graph graph = order(entries_);
  const evaluation could(graph, false);
  const evaluation does(graph, true);
  plausible_.clear();
  for (const std::size_t i : could.order()) plausible_.push_back(graph.hash[i]);

  members_.clear();
  invites_.clear();
  heads_.clear();
  std::vector<bool> is_head(graph.size(), true);
  // Names: what a device calls itself wins over what others call it, then the smaller hash.
  std::map<device_id, std::pair<bool, member_hash>> named_by;
  for (std::size_t i = 0; i < graph.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (graph.before[i][j]) is_head[j] = false;
    }
    const member_entry& e = *graph.entry[i];
    const role as = does.role_from(i);
    if (as == role::none) continue;
    const bool by_other = e.kind == entry_kind::grant;
    const public_key& key = by_other ? e.subject : e.author;
    const device_id device = device_id_of(key);
    member& m = members_[device];
    m.key = key;
    m.as = std::max(m.as, as);
    const std::pair<bool, member_hash> rank{by_other, graph.hash[i]};
    const auto [named, first] = named_by.emplace(device, rank);
    if (first || rank < named->second) {
      named->second = rank;
      m.name = e.name;
    }
  }
  for (const std::size_t i : does.order()) {
    const member_entry& e = *graph.entry[i];
    if (e.kind != entry_kind::invite) continue;
    invites_.push_back({e.invite, e.granted, static_cast<std::uint32_t>(does.users(i).size()),
                        e.max_uses, e.expires_ms});
  }
  for (std::size_t i = 0; i < graph.size(); ++i) {
    if (is_head[i]) heads_.push_back(graph.hash[i]);
  }
  std::sort(heads_.begin(), heads_.end());
}

role membership::role_of(const device_id& device) const {
  const auto found = members_.find(device);
  return found == members_.end() ? role::none : found->second.as;
}

const std::map<device_id, member>& membership::members() const {
  return members_;
}

std::vector<open_invite> membership::invites() const {
  std::vector<open_invite> out;
  for (const open_invite& i : invites_) {
    if (i.max_uses == 0 || i.uses < i.max_uses) out.push_back(i);
  }
  return out;
}

std::vector<member_hash> membership::heads() const {
  return heads_;
}

digest32 membership::digest() const {
  crdt::byte_writer out;
  for (const auto& [hash, entry] : entries_) out.raw(hash);
  return sha256_tagged("weft.members.v1", out.view());
}

result<void> membership::may_redeem(const public_key& invite, std::int64_t now_ms) const {
  bool expired = false;
  bool used = false;
  for (const open_invite& i : invites_) {
    if (i.invite != invite) continue;
    if (i.expires_ms != 0 && now_ms >= i.expires_ms) {
      expired = true;
    } else if (i.max_uses != 0 && i.uses >= i.max_uses) {
      used = true;
    } else {
      return {};
    }
  }
  if (used) return sync_error{sync_errc::invite_used, "This invitation has been used up."};
  if (expired) return sync_error{sync_errc::invite_expired, "This invitation has expired."};
  return sync_error{sync_errc::invite_unknown, "No invitation of this document matches the link."};
}

}  // namespace weft::sync
