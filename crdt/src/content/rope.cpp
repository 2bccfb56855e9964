// SPDX-License-Identifier: MIT
// Finding, reading and editing inside leaves. Tree surgery: rope_tree.cpp.
#include "content/rope.hpp"

#include "content/rope_nodes.hpp"

#include <utility>

namespace weft::crdt {

rope::rope() : pools_(std::make_unique<pools>()), only_(pools_->leaves.take()) {}

rope::rope(std::string_view utf8) : rope() {
  build(utf8);
}

rope::~rope() = default;

rope::rope(rope&& other) noexcept
    : pools_(std::move(other.pools_)),
      root_(std::exchange(other.root_, nullptr)),
      only_(std::exchange(other.only_, nullptr)),
      height_(std::exchange(other.height_, 0)),
      total_(std::exchange(other.total_, {})),
      hot_(std::exchange(other.hot_, nullptr)),
      hot_before_(other.hot_before_) {}

rope& rope::operator=(rope&& other) noexcept {
  pools_ = std::move(other.pools_);
  root_ = std::exchange(other.root_, nullptr);
  only_ = std::exchange(other.only_, nullptr);
  height_ = std::exchange(other.height_, 0);
  total_ = std::exchange(other.total_, {});
  hot_ = std::exchange(other.hot_, nullptr);
  hot_before_ = other.hot_before_;
  return *this;
}

void rope::clear() {
  *this = rope();
}

std::string_view rope::left_of_gap(const leaf& l) noexcept {
  return l.left();
}

std::string_view rope::right_of_gap(const leaf& l) noexcept {
  return l.right();
}

const rope::leaf* rope::next_of(const leaf& l) noexcept {
  return l.next;
}

const rope::leaf* rope::first_leaf() const noexcept {
  if (root_ == nullptr) {
    return only_;
  }
  const inner* node = root_;
  while (!node->above_leaves) {
    node = node->inner_at(0);
  }
  return node->leaf_at(0);
}

// Edits change only the hot leaf, so its parents' sums may lag until another leaf is wanted.
void rope::settle() const {
  if (hot_ == nullptr || hot_->parent == nullptr) {
    return;
  }
  const utf::counts known = hot_->parent->at(hot_->slot);
  if (known != hot_->sum) {
    add_above(hot_->parent, hot_->slot, hot_->sum - known);
  }
}

void rope::add_above(inner* node, std::uint32_t slot, const utf::counts& delta) {
  while (node != nullptr) {
    node->add(slot, delta);
    slot = node->slot;
    node = node->parent;
  }
}

template <rope::metric unit>
rope::place rope::locate(std::uint32_t at) const {
  if (hot_ != nullptr) {
    const std::uint32_t first = measure(hot_before_, unit);
    // A newline that is counted before the leaf stands left of it.
    const bool left_of_it = unit == metric::lines ? at <= first : at < first;
    if (!left_of_it && at - first <= measure(hot_->sum, unit)) {
      return {hot_, hot_before_};
    }
    settle();
  }
  utf::counts before;
  leaf* found = only_;
  for (const inner* node = root_; node != nullptr;) {
    std::uint32_t rest = at - measure(before, unit);
    const utf::counts* sum = node->sums.data();
    const utf::counts* const last = sum + node->count - 1;
    for (; sum != last && rest > measure(*sum, unit); ++sum) {
      rest -= measure(*sum, unit);
      before += *sum;
    }
    const auto slot = static_cast<std::uint32_t>(sum - node->sums.data());
    if (node->above_leaves) {
      found = node->leaf_at(slot);
      break;
    }
    node = node->inner_at(slot);
  }
  hot_ = found;
  hot_before_ = before;
  return {found, before};
}

rope::place rope::locate(std::uint32_t at, metric unit) const {
  switch (unit) {
    case metric::scalars:
      return locate<metric::scalars>(at);
    case metric::utf16:
      return locate<metric::utf16>(at);
    case metric::utf8:
      return locate<metric::utf8>(at);
    case metric::lines:
      break;
  }
  return locate<metric::lines>(at);
}

utf::counts rope::prefix(std::uint32_t at, metric unit) const {
  WEFT_ASSERT(at <= measure(total_, unit), "a position is inside of the text");
  const place found = locate(at, unit);
  const leaf& l = *found.at;
  std::uint32_t rest = at - measure(found.before, unit);
  utf::counts sum = found.before;
  for (const std::string_view part : {left_of_gap(l), right_of_gap(l)}) {
    const utf::counts whole = utf::count(part);
    if (measure(whole, unit) <= rest) {
      sum += whole;
      rest -= measure(whole, unit);
      continue;
    }
    std::size_t bytes = 0;
    if (unit == metric::scalars || whole.ascii()) {
      bytes = utf::bytes_of(part, rest);
    } else {
      // Step over whole scalars while they fit.
      for (std::size_t i = 0; i < part.size();) {
        std::size_t end = i + 1;
        while (end < part.size() && !utf::is_lead(part[end])) {
          ++end;
        }
        const std::uint32_t width = unit == metric::utf8 ? static_cast<std::uint32_t>(end - i)
                                    : utf::is_astral_lead(part[i]) ? 2
                                                                   : 1;
        if (width > rest) {
          break;
        }
        rest -= width;
        bytes = i = end;
      }
    }
    return sum + utf::count(part.substr(0, bytes));
  }
  return sum;
}

std::uint32_t rope::to_utf16(std::uint32_t scalar) const {
  return prefix(scalar, metric::scalars).utf16();
}
std::uint32_t rope::to_utf8(std::uint32_t scalar) const {
  return prefix(scalar, metric::scalars).bytes;
}
std::uint32_t rope::from_utf16(std::uint32_t utf16) const {
  return prefix(utf16, metric::utf16).scalars;
}
std::uint32_t rope::from_utf8(std::uint32_t utf8) const {
  return prefix(utf8, metric::utf8).scalars;
}
std::uint32_t rope::line_of(std::uint32_t scalar) const {
  return prefix(scalar, metric::scalars).lines;
}

std::uint32_t rope::line_start(std::uint32_t line) const {
  WEFT_ASSERT(line <= total_.lines, "a line asked about is in the text");
  if (line == 0) {
    return 0;
  }
  const place found = locate(line, metric::lines);
  std::uint32_t rest = line - found.before.lines;
  std::uint32_t start = found.before.scalars;
  for (const std::string_view part : {left_of_gap(*found.at), right_of_gap(*found.at)}) {
    std::size_t end = 0;
    while (rest > 0 && end < part.size()) {
      const std::size_t newline = part.find('\n', end);
      if (newline == std::string_view::npos) {
        end = part.size();
        break;
      }
      end = newline + 1;
      --rest;
    }
    start += utf::count(part.substr(0, end)).scalars;
    if (rest == 0) {
      break;
    }
  }
  return start;
}

// As locate by scalars; hot_before_ counts the text left of it. Mostly it is the last one's leaf.
rope::leaf& rope::leaf_for_edit(std::uint32_t at) {
  if (hot_ != nullptr && at >= hot_before_.scalars &&
      at - hot_before_.scalars <= hot_->sum.scalars) {
    return *hot_;
  }
  return *locate<metric::scalars>(at).at;
}

void rope::insert(std::uint32_t at, std::string_view utf8) {
  WEFT_ASSERT(at <= total_.scalars, "text is inserted inside of the text");
  if (utf8.empty()) {
    return;
  }
  WEFT_ASSERT(utf8.size() <= UINT32_MAX - total_.bytes, "a text holds fewer than 2^32 bytes");
  leaf& l = leaf_for_edit(at);
  const std::uint32_t offset = l.byte_offset(at - hot_before_.scalars);
  if (utf8.size() > l.free_bytes()) {
    total_ += insert_long(l, offset, utf8);
    return;
  }
  const utf::counts c = utf::count(utf8);
  l.put(offset, utf8, c);
  total_ += c;
}

void rope::erase(std::uint32_t at, std::uint32_t count) {
  WEFT_ASSERT(at <= total_.scalars && count <= total_.scalars - at,
              "what is erased is inside of the text");
  while (count > 0) {
    leaf* l = &leaf_for_edit(at);
    std::uint32_t offset = at - hot_before_.scalars;
    if (offset == l->sum.scalars) {
      settle();
      hot_before_ += l->sum;
      hot_ = l = l->next;
      offset = 0;
    }
    const std::uint32_t n = std::min(count, l->sum.scalars - offset);
    count -= n;
    if (n == l->sum.scalars) {
      total_ -= l->sum;
      l->sum = {};
      settle();
      remove_leaf(*l);
      continue;
    }
    const std::uint32_t first = l->byte_offset(offset);
    total_ -= l->cut(first, l->end_offset(first, n));
    join_if_small(*l);
  }
}

std::string rope::to_string() const {
  std::string out;
  out.reserve(total_.bytes);
  for_each_chunk([&](std::string_view part) { out += part; });
  return out;
}

void rope::slice(std::uint32_t from, std::uint32_t count, std::string& out) const {
  WEFT_ASSERT(from <= total_.scalars && count <= total_.scalars - from,
              "a slice is inside of the text");
  if (count == 0) {
    return;
  }
  const place found = locate(from, metric::scalars);
  std::uint32_t skip = from - found.before.scalars;
  for (const leaf* l = found.at; count > 0; l = l->next) {
    for (const std::string_view part : {left_of_gap(*l), right_of_gap(*l)}) {
      const std::uint32_t held =
          l->sum.ascii() ? static_cast<std::uint32_t>(part.size()) : utf::count(part).scalars;
      if (held <= skip) {
        skip -= held;
        continue;
      }
      const std::uint32_t n = std::min(count, held - skip);
      const std::size_t first = l->sum.ascii() ? skip : utf::bytes_of(part, skip);
      const std::string_view rest = part.substr(first);
      out += rest.substr(0, l->sum.ascii() ? n : utf::bytes_of(rest, n));
      skip = 0;
      count -= n;
    }
  }
}

std::string rope::slice(std::uint32_t from, std::uint32_t count) const {
  std::string out;
  slice(from, count, out);
  return out;
}

}  // namespace weft::crdt
