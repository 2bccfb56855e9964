// SPDX-License-Identifier: MIT
#include "naive_history.hpp"

#include <algorithm>

namespace weft::crdt::test {
namespace {

void append_utf8(std::string& out, char32_t c) {
  const auto byte = [&](char32_t b) { out += static_cast<char>(static_cast<unsigned char>(b)); };
  if (c < 0x80) {
    byte(c);
  } else if (c < 0x800) {
    byte(0xC0 | (c >> 6));
    byte(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    byte(0xE0 | (c >> 12));
    byte(0x80 | ((c >> 6) & 0x3F));
    byte(0x80 | (c & 0x3F));
  } else {
    byte(0xF0 | (c >> 18));
    byte(0x80 | ((c >> 12) & 0x3F));
    byte(0x80 | ((c >> 6) & 0x3F));
    byte(0x80 | (c & 0x3F));
  }
}

}  // namespace

naive_history::naive_history(unsigned replicas, std::uint32_t seed)
    : random_(seed), known_(replicas), counters_(replicas, 0) {}

void naive_history::learn(unsigned replica, unsigned from) {
  known_set& mine = known_[replica];
  const known_set& theirs = known_[from];
  mine.resize(std::max(mine.size(), theirs.size()), false);
  for (std::size_t i = 0; i < theirs.size(); ++i) {
    mine[i] = mine[i] || theirs[i];
  }
}

std::vector<std::size_t> naive_history::heads_of(unsigned replica) const {
  known_set head = known_[replica];
  for (std::size_t i = 0; i < head.size(); ++i) {
    if (known_[replica][i]) {
      for (const std::size_t p : operations_[i].parents) {
        head[p] = false;
      }
    }
  }
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < head.size(); ++i) {
    if (head[i]) {
      out.push_back(i);
    }
  }
  return out;
}

std::vector<authored_run::name> naive_history::frontier_of(unsigned replica) const {
  std::vector<authored_run::name> out;
  for (const std::size_t i : heads_of(replica)) {
    out.emplace_back(operations_[i].replica, operations_[i].counter);
  }
  return out;
}

void naive_history::begin_run(unsigned replica, run_kind kind, std::uint32_t position,
                              std::uint32_t length) {
  authored_run& run = runs_.emplace_back();
  run.replica = replica;
  run.counter = counters_[replica];
  run.parents = frontier_of(replica);
  run.kind = kind;
  run.position = position;
  run.length = length;
}

std::size_t naive_history::add(unsigned replica) {
  const std::size_t fresh = operations_.size();
  operation op;
  op.replica = replica;
  op.counter = counters_[replica]++;
  op.parents = heads_of(replica);
  operations_.push_back(op);
  known_[replica].resize(fresh + 1, false);
  known_[replica][fresh] = true;
  return fresh;
}

std::vector<std::size_t> naive_history::visible_to(const known_set& known) const {
  std::vector<bool> gone(operations_.size(), false);
  for (std::size_t i = 0; i < known.size(); ++i) {
    if (known[i] && operations_[i].erases != start) {
      gone[operations_[i].erases] = true;
    }
  }
  std::vector<std::size_t> out;
  for (const std::size_t i : order_) {
    if (i < known.size() && known[i] && !gone[i]) {
      out.push_back(i);
    }
  }
  return out;
}

void naive_history::insert(unsigned replica, std::uint32_t position, const std::u32string& text) {
  begin_run(replica, run_kind::insert, position, static_cast<std::uint32_t>(text.size()));
  for (const char32_t scalar : text) {
    append_utf8(runs_.back().text, scalar);
    const known_set before = known_[replica];
    const auto visible = visible_to(before);
    const std::size_t fresh = add(replica);
    operation& op = operations_[fresh];
    op.inserts = true;
    op.scalar = scalar;
    op.left = position == 0 ? start : visible[position - 1];
    auto next = order_.begin();
    if (op.left != start) {
      next = std::find(order_.begin(), order_.end(), op.left) + 1;
    }
    next = std::find_if(next, order_.end(),
                        [&](std::size_t i) { return i < before.size() && before[i]; });
    op.right = next == order_.end() ? end : *next;
    place(fresh);
    ++position;
  }
}

std::size_t naive_history::rank_in_list(std::size_t element) const {
  if (element == end) {
    return order_.size();
  }
  return static_cast<std::size_t>(std::find(order_.begin(), order_.end(), element) -
                                  order_.begin());
}

void naive_history::place(std::size_t fresh) {
  order_.push_back(fresh);  // counts as known to walk(); all right origins are in place already
  std::vector<std::size_t> fresh_order;
  walk(start, fresh_order);
  order_ = std::move(fresh_order);
}

// In-order: left children, the element, right children.
void naive_history::walk(std::size_t at, std::vector<std::size_t>& out) const {
  std::vector<std::size_t> left;
  std::vector<std::size_t> right;
  for (const std::size_t i : order_) {
    const operation& op = operations_[i];
    const bool is_left = op.right != end && operations_[op.right].left == op.left;
    if (is_left && op.right == at) {
      left.push_back(i);
    } else if (!is_left && op.left == at) {
      right.push_back(i);
    }
  }
  const auto tie = [&](std::size_t x, std::size_t y) {
    return operations_[x].replica < operations_[y].replica;
  };
  std::sort(left.begin(), left.end(), tie);
  std::sort(right.begin(), right.end(), [&](std::size_t x, std::size_t y) {
    const std::size_t rx = rank_in_list(operations_[x].right);
    const std::size_t ry = rank_in_list(operations_[y].right);
    return rx != ry ? rx > ry : tie(x, y);
  });
  for (const std::size_t i : left) {
    walk(i, out);
  }
  if (at != start) {
    out.push_back(at);
  }
  for (const std::size_t i : right) {
    walk(i, out);
  }
}

void naive_history::erase(unsigned replica, std::uint32_t position, std::uint32_t length,
                          bool backward) {
  const run_kind kind = backward && length > 1 ? run_kind::erase_backward : run_kind::erase_forward;
  begin_run(replica, kind, position, length);
  for (std::uint32_t k = 0; k < length; ++k) {
    const auto visible = visible_to(known_[replica]);
    const std::size_t target = visible[backward ? position + length - 1 - k : position];
    operations_[add(replica)].erases = target;
  }
}

void naive_history::edit_elsewhere(unsigned replica, std::uint32_t length) {
  begin_run(replica, run_kind::insert, 0, length);
  runs_.back().elsewhere = true;
  for (std::uint32_t k = 0; k < length; ++k) {
    add(replica);
  }
}

void naive_history::random_step() {
  const auto below = [&](std::size_t n) { return static_cast<std::uint32_t>(random_() % n); };
  const unsigned replica = below(known_.size());
  const std::uint32_t choice = below(100);
  const std::uint32_t length = length_of(replica);
  if (choice < 35) {
    learn(replica, below(known_.size()));
  } else if (choice < 40) {
    edit_elsewhere(replica, 1 + below(3));
  } else if (choice < 60 && length > 0) {
    const std::uint32_t position = below(length);
    const std::uint32_t n = 1 + below(std::min<std::uint32_t>(length - position, 4));
    erase(replica, position, n, below(2) == 0);
  } else {
    constexpr char32_t alphabet[] = {'a', 'b', 'c', '\n', 0xE9, 0x20AC, 0x1F600};
    std::u32string text;
    for (std::uint32_t n = 1 + below(4); n > 0; --n) {
      text += alphabet[below(std::size(alphabet))];
    }
    // The ends are where conflicts are.
    const std::uint32_t at = below(4) == 0 ? 0 : below(4) == 0 ? length : below(length + 1);
    insert(replica, at, text);
  }
}

std::string naive_history::text_of(const known_set& known) const {
  std::string out;
  for (const std::size_t i : visible_to(known)) {
    append_utf8(out, operations_[i].scalar);
  }
  return out;
}

std::string naive_history::text_of(unsigned replica) const {
  return text_of(known_[replica]);
}

std::string naive_history::text_after(std::size_t operations) const {
  return text_of(known_set(operations, true));
}

std::uint32_t naive_history::length_of(unsigned replica) const {
  return static_cast<std::uint32_t>(visible_to(known_[replica]).size());
}

}  // namespace weft::crdt::test
