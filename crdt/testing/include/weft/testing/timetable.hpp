// SPDX-License-Identifier: MIT
// A time-table: one column a replica, one line a step. How every counterexample is printed.
//
// Each cell says what the replica did and what it showed after that. Widths are counted in code
// points, so that the columns stand even when elements are not ASCII.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace weft::testing {

class timetable {
public:
  explicit timetable(std::vector<std::string> columns) : columns_(std::move(columns)) {}

  /// What one replica did, and what it shows now (may be empty).
  void add(std::size_t column, std::string did, std::string shows) {
    lines_.push_back({column, std::move(did), std::move(shows)});
  }
  /// What all had seen before the first step.
  void add_before(std::string did) { before_ += (before_.empty() ? "" : "; ") + std::move(did); }
  /// One more column, at the right; returns its number.
  std::size_t add_column(std::string name) {
    columns_.push_back(std::move(name));
    return columns_.size() - 1;
  }
  [[nodiscard]] std::size_t size() const noexcept { return lines_.size(); }

  /// All lines, each with a newline. O(size of the text).
  [[nodiscard]] std::string text() const {
    std::vector<std::size_t> widths;
    for (std::size_t c = 0; c < columns_.size(); ++c) {
      std::size_t width = code_points(columns_[c]);
      for (const line& l : lines_) {
        width = l.column == c ? std::max(width, code_points(cell(l))) : width;
      }
      widths.push_back(width + 3);
    }
    std::string out = before_.empty() ? "" : "all have seen: " + before_ + '\n';
    out += "step  ";
    for (std::size_t c = 0; c < columns_.size(); ++c) {
      out += padded(columns_[c], widths[c]);
    }
    end_line(out);
    for (std::size_t i = 0; i < lines_.size(); ++i) {
      out += padded(std::to_string(i + 1), 6);
      for (std::size_t c = 0; c <= lines_[i].column && c < columns_.size(); ++c) {
        out += padded(c == lines_[i].column ? cell(lines_[i]) : std::string{}, widths[c]);
      }
      end_line(out);
    }
    return out;
  }

private:
  struct line {
    std::size_t column = 0;
    std::string did;
    std::string shows;
  };
  [[nodiscard]] static std::string cell(const line& l) {
    return l.shows.empty() ? l.did : l.did + " -> " + l.shows;
  }
  [[nodiscard]] static std::size_t code_points(const std::string& text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
      return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U;
    }));
  }
  [[nodiscard]] static std::string padded(std::string text, std::size_t width) {
    const std::size_t used = code_points(text);
    text.append(used < width ? width - used : 1, ' ');
    return text;
  }
  static void end_line(std::string& out) {
    out.erase(out.find_last_not_of(' ') + 1);
    out += '\n';
  }

  std::string before_;
  std::vector<std::string> columns_;
  std::vector<line> lines_;
};

/// "replica 1", "replica 2", ...
[[nodiscard]] inline std::vector<std::string> replica_columns(std::size_t count) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < count; ++i) {
    names.push_back("replica " + std::to_string(i + 1));
  }
  return names;
}

}  // namespace weft::testing
