// SPDX-License-Identifier: MIT
#include "makers.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace weft::bench {

using crdt::replica_id;

std::uint64_t random_source::next() {
  state_ += 0x9e37'79b9'7f4a'7c15U;
  std::uint64_t z = state_;
  z = (z ^ (z >> 30U)) * 0xbf58'476d'1ce4'e5b9U;
  z = (z ^ (z >> 27U)) * 0x94d0'49bb'1331'11ebU;
  return z ^ (z >> 31U);
}

body_maker::body_maker(std::uint32_t longest)
    : doc_(replica_id::from_number(1)), longest_(longest + 64) {
  doc_.get_text(text_name).insert({0}, std::string(longest_, '.'));
}

crdt::bytes body_maker::last_change(std::uint32_t before) {
  return doc_.export_changes(doc_.replica(), before).front().body;
}

crdt::bytes body_maker::insert(std::uint32_t at, std::string_view text) {
  const auto before = static_cast<std::uint32_t>(doc_.op_count());
  doc_.get_text(text_name).insert({at}, text);
  return last_change(before);
}

crdt::bytes body_maker::erase(std::uint32_t at, std::uint32_t count) {
  if (doc_.get_text(text_name).length() < at + count) {
    doc_.get_text(text_name).insert({0}, std::string(longest_, '.'));
  }
  const auto before = static_cast<std::uint32_t>(doc_.op_count());
  doc_.get_text(text_name).erase({at}, count);
  return last_change(before);
}

std::size_t history_maker::add(std::uint64_t replica, const std::vector<std::size_t>& parents,
                               crdt::bytes body, std::uint32_t length) {
  crdt::change c;
  std::uint32_t& counter = counters_[replica];
  c.first = {replica_id::from_number(replica), counter};
  c.length = length;
  c.lamport = 1;
  for (const std::size_t p : parents) {
    const crdt::change& parent = changes_[p];
    c.parents.push_back({parent.first.replica, parent.first.counter + parent.length - 1});
    c.lamport = std::max(c.lamport, parent.lamport + parent.length);
  }
  std::sort(c.parents.begin(), c.parents.end());
  c.body = std::move(body);
  counter += length;
  operations_ += length;
  changes_.push_back(std::move(c));
  return changes_.size() - 1;
}

std::size_t history_maker::insert(std::uint64_t replica, const std::vector<std::size_t>& parents,
                                  std::uint32_t at, std::string_view text) {
  return add(replica, parents, bodies_.insert(at, text), static_cast<std::uint32_t>(text.size()));
}

std::size_t history_maker::erase(std::uint64_t replica, const std::vector<std::size_t>& parents,
                                 std::uint32_t at, std::uint32_t count) {
  return add(replica, parents, bodies_.erase(at, count), count);
}

void import_all(crdt::document& to, std::span<const crdt::change> changes) {
  const auto report = to.import_changes(changes);
  if (!report || report->pending != 0) {
    std::fprintf(stderr, "weft_growth: a history of its own was not imported: %s\n",
                 report ? "operations wait" : to_string(report.error()).c_str());
    std::exit(1);
  }
}

void import_update(crdt::document& to, crdt::byte_view update) {
  const auto report = to.import(update);
  if (!report || report->pending != 0) {
    std::fprintf(stderr, "weft_growth: an update of its own was not imported: %s\n",
                 report ? "operations wait" : to_string(report.error()).c_str());
    std::exit(1);
  }
}

crdt::document fresh_document(std::uint64_t id) {
  return crdt::document(replica_id::from_number(id));
}

std::string words(std::uint64_t n) {
  std::string out;
  out.reserve(n + 8);
  for (std::uint64_t i = 0; out.size() < n; ++i) {
    out += i % 9 == 8 ? "\n" : i % 2 == 0 ? "lorem " : "ip";
  }
  out.resize(n);
  return out;
}

}  // namespace weft::bench
