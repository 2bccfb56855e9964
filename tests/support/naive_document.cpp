// SPDX-License-Identifier: MIT
#include "support/naive_document.hpp"

#include <algorithm>
#include <tuple>
#include <variant>

namespace weft::test {

container_path container_path::child(std::string key, crdt::container_type type) const {
  container_path out = *this;
  out.steps.emplace_back(std::move(key), type);
  return out;
}

container_path container_path::parent() const {
  container_path out = *this;
  out.steps.pop_back();
  return out;
}

std::string container_path::to_string() const {
  std::string out = root;
  for (const auto& [key, type] : steps) {
    out += '/' + key + ':' + std::to_string(static_cast<int>(type));
  }
  return out;
}

node naive_world::add(world_op op, const std::vector<node>& parents) {
  const node n = graph.add(op.id, parents);
  index.emplace(op.id, n);
  ops.push_back(std::move(op));
  return n;
}

std::uint32_t naive_world::count(const crdt::replica_id& replica) const {
  std::uint32_t count = 0;
  for (const world_op& op : ops) {
    count += op.id.replica == replica ? 1U : 0U;
  }
  return count;
}

void naive_document::insert(const container_path& where, std::uint32_t position,
                            std::u32string_view scalars) {
  for (const char32_t scalar : scalars) {
    world_op op;
    op.kind = op_kind::insert;
    op.where = where;
    op.position = position;
    op.scalar = scalar;
    const std::vector<list_item> all = items(where);
    auto next = all.begin();  // one past the left neighbour, erased items included
    for (std::uint32_t seen = 0; seen < position; ++next) {
      if (!next->erased) {
        ++seen;
        op.left = next->id;
      }
    }
    if (next != all.end()) {
      op.right = next->id;
    }
    commit(std::move(op));
    ++position;
  }
}

void naive_document::erase(const container_path& where, std::uint32_t position,
                           std::uint32_t count) {
  for (std::uint32_t i = 0; i < count; ++i) {
    world_op op;
    op.kind = op_kind::erase;
    op.where = where;
    op.position = position;
    op.target = visible_items(where).at(position).id;
    commit(std::move(op));
  }
}

void naive_document::map_set(const container_path& where, const std::string& key, crdt::value v) {
  world_op op;
  op.kind = op_kind::map_set;
  op.where = where;
  op.key = key;
  op.shown = std::move(v);
  commit(std::move(op));
}

void naive_document::map_erase(const container_path& where, const std::string& key) {
  if (entries(where).count(key) == 0) {
    return;
  }
  world_op op;
  op.kind = op_kind::map_erase;
  op.where = where;
  op.key = key;
  commit(std::move(op));
}

void naive_document::ensure(const container_path& where, const std::string& key,
                            crdt::container_type type) {
  const auto shown = entries(where);
  const auto at = shown.find(key);
  const crdt::value child = crdt::child_ref{type};
  if (at != shown.end() && at->second == child) {
    return;
  }
  world_op op;
  op.kind = op_kind::ensure;
  op.where = where;
  op.key = key;
  op.shown = child;
  commit(std::move(op));
}

void naive_document::add(const container_path& where, std::int64_t amount) {
  world_op op;
  op.kind = op_kind::add;
  op.where = where;
  op.amount = amount;
  commit(std::move(op));
}

void naive_document::add_rest(const container_path& where) {
  world_op op;
  op.kind = op_kind::rest;
  op.where = where;
  commit(std::move(op));
}

void naive_document::commit(world_op op) {
  op.id = {self_, world_->count(self_)};
  receive(world_->add(std::move(op), frontier_));
}

bool naive_document::ready(node n) const {
  const auto& parents = world_->graph.parents(n);
  return std::all_of(parents.begin(), parents.end(), [&](node p) { return knows(p); });
}

void naive_document::receive(node n) {
  put(known_, n);
  const auto& parents = world_->graph.parents(n);
  std::erase_if(frontier_, [&](node f) {
    return std::find(parents.begin(), parents.end(), f) != parents.end();
  });
  frontier_.push_back(n);
  std::sort(frontier_.begin(), frontier_.end());
  const world_op& op = world_->ops[n];
  if (op.kind == op_kind::insert) {
    lists_[op.where].insert(op.id, op.left, op.right, op.scalar);
  } else if (op.kind == op_kind::erase) {
    lists_[op.where].erase(op.target);
  }
}

std::map<crdt::replica_id, std::uint32_t> naive_document::counts() const {
  std::map<crdt::replica_id, std::uint32_t> out;
  for (node n = 0; n < known_.size(); ++n) {
    if (known_[n]) {
      ++out[world_->ops[n].id.replica];
    }
  }
  return out;
}

// An operation is hidden if some known write of a key on the way to its container had seen it and
// put something else there: that write reset the child.
bool naive_document::hidden(node n) const {
  container_path at = world_->ops[n].where;
  while (!at.steps.empty()) {
    const auto [key, type] = at.steps.back();
    at = at.parent();
    for (node reset = n + 1; reset < known_.size(); ++reset) {
      const world_op& op = world_->ops[reset];
      const bool writes =
          op.kind == op_kind::map_set || op.kind == op_kind::map_erase ||
          (op.kind == op_kind::ensure && op.shown != crdt::value{crdt::child_ref{type}});
      if (known_[reset] && writes && op.where == at && op.key == key &&
          world_->graph.before(n, reset)) {
        return true;
      }
    }
  }
  return false;
}

std::vector<list_item> naive_document::items(const container_path& where) const {
  const auto list = lists_.find(where);
  if (list == lists_.end()) {
    return {};
  }
  std::vector<list_item> out = list->second.order();
  if (!where.steps.empty()) {
    for (list_item& item : out) {
      item.erased = item.erased || hidden(world_->index.at(item.id));
    }
  }
  return out;
}

std::vector<list_item> naive_document::visible_items(const container_path& where) const {
  std::vector<list_item> out = items(where);
  std::erase_if(out, [](const list_item& item) { return item.erased; });
  return out;
}

bool naive_document::find_scalar(const container_path& where, char32_t scalar) const {
  const std::vector<list_item> all = items(where);
  return std::any_of(all.begin(), all.end(),
                     [&](const list_item& item) { return item.scalar == scalar; });
}

std::u32string naive_document::text(const container_path& where) const {
  std::u32string out;
  for (const list_item& item : visible_items(where)) {
    out.push_back(item.scalar);
  }
  return out;
}

std::map<std::string, crdt::value> naive_document::entries(const container_path& where) const {
  std::map<std::string, node> winners;
  for (node n = 0; n < known_.size(); ++n) {
    const world_op& op = world_->ops[n];
    const bool writes =
        op.kind == op_kind::map_set || op.kind == op_kind::map_erase || op.kind == op_kind::ensure;
    if (!known_[n] || !writes || op.where != where || hidden(n)) {
      continue;
    }
    const auto stamp = [&](node w) {
      return std::tuple(world_->graph.lamport(w), world_->ops[w].id);
    };
    const auto [at, fresh] = winners.emplace(op.key, n);
    if (!fresh && stamp(at->second) < stamp(n)) {
      at->second = n;
    }
  }
  std::map<std::string, crdt::value> out;
  for (const auto& [key, winner] : winners) {
    if (world_->ops[winner].kind != op_kind::map_erase) {
      out.emplace(key, world_->ops[winner].shown);
    }
  }
  return out;
}

std::int64_t naive_document::sum(const container_path& where) const {
  std::uint64_t sum = 0;  // unsigned, since it wraps
  for (node n = 0; n < known_.size(); ++n) {
    const world_op& op = world_->ops[n];
    if (known_[n] && op.kind == op_kind::add && op.where == where && !hidden(n)) {
      sum += static_cast<std::uint64_t>(op.amount);
    }
  }
  return static_cast<std::int64_t>(sum);
}

std::vector<container_path> naive_document::children(const container_path& map) const {
  std::vector<container_path> out;
  for (const auto& [key, shown] : entries(map)) {
    if (const auto* ref = std::get_if<crdt::child_ref>(&shown)) {
      out.push_back(map.child(key, ref->type));
      if (ref->type == crdt::container_type::map) {
        for (container_path& below : children(out.back())) {
          out.push_back(std::move(below));
        }
      }
    }
  }
  return out;
}

std::vector<walk_op> naive_document::walk_ops(const container_path& where) const {
  std::vector<walk_op> out;
  for (node n = 0; n < known_.size(); ++n) {
    const world_op& op = world_->ops[n];
    const bool edits = op.kind == op_kind::insert || op.kind == op_kind::erase;
    if (known_[n] && edits && op.where == where) {
      out.push_back({n, op.kind == op_kind::insert, op.position, op.scalar});
    }
  }
  return out;
}

}  // namespace weft::test
