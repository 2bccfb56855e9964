// SPDX-License-Identifier: MIT
// What the tests of hostile input share: a victim, and the demand that it stays as it was.
#pragma once

#include "hostile_bytes.hpp"
#include "support/heap_hooks.hpp"
#include "weft/crdt/document/document.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <utility>
#include <vector>

namespace weft::test {

using crdt::byte_view;
using crdt::bytes;
using crdt::change;
using crdt::document;
using crdt::errc;
using crdt::limits;
using crdt::op_id;
using crdt::replica_id;

inline constexpr std::uint64_t huge = std::uint64_t{1} << 62U;

inline document make(std::uint64_t id) {
  return document(replica_id::from_number(id));
}
inline op_id op(std::uint64_t replica, std::uint32_t counter) {
  return {replica_id::from_number(replica), counter};
}

// A document with a past of its own and something that waits.
inline document victim() {
  document d = make(7);
  d.get_text("t").insert({0}, "mine");
  d.get_map("m").set("k", true);
  document other = make(8);
  other.get_text("t").insert({0}, "late");
  const crdt::version_vector seen = other.version();
  other.get_text("t").insert({4}, "r");
  REQUIRE(d.import(other.export_updates(seen))->pending == 1);
  return d;
}

inline void require_unchanged(document& d, const bytes& before) {
  REQUIRE(d.export_canonical() == before);
  d.check_invariants();
  d.get_text("t").insert({0}, "x");
  d.get_text("t").erase({0}, 1);
  document copy = make(9);
  REQUIRE(copy.import(d.export_updates()).has_value());
  REQUIRE(copy.get_text("t").to_string() == d.get_text("t").to_string());
}

// Counts the heap from here on. Under a sanitizer nothing can be counted, and it reads as nothing.
struct heap_watch {
  heap_watch() { heap::start(); }
  [[nodiscard]] std::ptrdiff_t peak_bytes() const { return heap::peak_bytes(); }
};

// Refused with nothing changed and little memory; the code of the error.
inline errc refused(byte_view update, const limits& bounds = {}, std::size_t memory = 1U << 20U) {
  document d = victim();
  const bytes before = d.export_canonical();
  const heap_watch heap;
  const auto report = d.import(update, bounds);
  CHECK(heap.peak_bytes() < static_cast<std::ptrdiff_t>(memory + 8 * update.size()));
  REQUIRE_FALSE(report.has_value());
  CHECK(report.error().offset <= update.size());
  require_unchanged(d, before);
  return report.error().code;
}

inline errc refused_changes(std::vector<change> changes, document d = victim()) {
  const bytes before = d.export_canonical();
  const heap_watch heap;
  const auto report = d.import_changes(changes);
  CHECK(heap.peak_bytes() < std::ptrdiff_t{1} << 20U);
  REQUIRE_FALSE(report.has_value());
  require_unchanged(d, before);
  return report.error().code;
}

// Both forms of the same lie.
inline void refused_in_both(const raw_update& u, errc expected) {
  CHECK(refused(u.small()) == expected);
  CHECK(refused(u.columns()) == expected);
}

inline change typed_change(std::string_view text, std::uint64_t replica = 1) {
  document d = make(replica);
  d.get_text("t").insert({0}, text);
  return d.export_changes(d.replica(), 0).front();
}

// The body of one insertion at a place of a long text.
inline bytes body_at(std::uint32_t at, std::string_view text = "x") {
  document d = make(1);
  d.get_text("t").insert({0}, std::string(at, '.'));
  d.get_text("t").insert({at}, text);
  return d.export_changes(d.replica(), at).front().body;
}

}  // namespace weft::test
