// SPDX-License-Identifier: MIT
// A text container: collaborative plain text of Unicode scalar values.
//
// Concurrent insertions keep whole runs together (FugueMax order: Weidner and Kleppmann, "The Art
// of the Fugue", 2023); merging replays history (Gentle and Kleppmann, "Collaborative Text Editing
// with Eg-walker", EuroSys 2025), so a text at rest costs its text and a compact log.
//
// `text` is a handle: a small value that names one container of one document. It does not own the
// document and must not outlive it. Same thread rule as the document.
#pragma once

#include "weft/crdt/document/cursor.hpp"
#include "weft/crdt/document/event.hpp"
#include "weft/crdt/document/position.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace weft::crdt {

class document;

class text {
public:
  /// Number of scalars. O(1).
  [[nodiscard]] std::uint32_t length() const;
  /// Number of UTF-16 units. O(1).
  [[nodiscard]] std::uint32_t length_utf16() const;
  /// Number of UTF-8 bytes. O(1).
  [[nodiscard]] std::uint32_t size_bytes() const;

  /// Inserts `utf8` so that its first scalar stands at `at`. O(log n + size).
  /// Pre: `at <= length()`, `utf8` is valid UTF-8 (see is_valid_utf8).
  void insert(scalar_pos at, std::string_view utf8);
  /// Removes `count` scalars from `at` on. O(log n + runs removed). Pre: `at + count <= length()`.
  void erase(scalar_pos at, std::uint32_t count);
  /// Removes `count` scalars, then inserts: one patch. Pre: as both.
  void replace(scalar_pos at, std::uint32_t count, std::string_view utf8);

  /// The whole text as UTF-8. O(n).
  [[nodiscard]] std::string to_string() const;
  /// `count` scalars from `from` on as UTF-8. O(log n + size). Pre: inside the text.
  [[nodiscard]] std::string slice(scalar_pos from, std::uint32_t count) const;
  /// Calls `f` with consecutive pieces of the text; each holds whole scalars. No copy. O(n).
  void for_each_chunk(const std::function<void(std::string_view)>& f) const;

  /// Unit conversions. O(log n). Pre: inside the text (its end counts). A position inside a
  /// surrogate pair or a UTF-8 sequence is moved left to its scalar; who wants to know converts
  /// back and compares. Combining marks and CRLF are scalars as any other.
  [[nodiscard]] scalar_pos to_scalar(utf16_pos at) const;
  [[nodiscard]] scalar_pos to_scalar(utf8_pos at) const;
  [[nodiscard]] utf16_pos to_utf16(scalar_pos at) const;
  [[nodiscard]] utf8_pos to_utf8(scalar_pos at) const;

  /// Lines end with U+000A; what follows the last one is a line as well, maybe an empty one. CRLF
  /// ends one line, its U+000D being the line's last scalar; U+000D alone ends none. O(1).
  [[nodiscard]] std::uint32_t line_count() const;
  /// The line that holds `at`, counted from 0. O(log n). Pre: `at <= length()`.
  [[nodiscard]] std::uint32_t line_of(scalar_pos at) const;
  /// Where a line begins. O(log n). Pre: `line < line_count()`.
  [[nodiscard]] scalar_pos line_start(std::uint32_t line) const;

  /// A cursor in the gap at `at` that sticks to the scalar left (`after`) or right (`before`) of
  /// it. O(operation runs) at worst. Pre: `at <= length()`.
  [[nodiscard]] cursor cursor_at(scalar_pos at, side stick) const;
  /// Where the cursor stands now. A cursor whose element is unknown here yields nullopt.
  [[nodiscard]] std::optional<scalar_pos> resolve(const cursor& c) const;

  [[nodiscard]] container_index index() const noexcept { return index_; }

private:
  friend class document;
  friend class map;
  text(document& owner, container_index index) noexcept : owner_(&owner), index_(index) {}
  document* owner_;
  container_index index_;
};

/// Whether `text` is well-formed UTF-8 (no surrogates, shortest forms). O(n).
[[nodiscard]] bool is_valid_utf8(std::string_view text) noexcept;
/// Number of scalars. Pre: valid UTF-8. O(n).
[[nodiscard]] std::uint32_t count_scalars(std::string_view text) noexcept;

}  // namespace weft::crdt
