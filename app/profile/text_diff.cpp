// SPDX-License-Identifier: MIT
#include "profile/text_diff.hpp"

#include <algorithm>
#include <optional>
#include <span>

namespace weft::app {

namespace {

using scalars = std::vector<char32_t>;
using scalar_span = std::span<const char32_t>;

constexpr std::ptrdiff_t max_differences = 2'000;

scalars decode(std::string_view utf8) {
  scalars out;
  out.reserve(utf8.size());
  for (std::size_t i = 0; i < utf8.size();) {
    const auto lead = static_cast<unsigned char>(utf8[i]);
    const std::size_t size = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    char32_t c = size == 1 ? lead : lead & (0xffU >> (size + 1));
    for (std::size_t k = 1; k < size; ++k) {
      c = (c << 6U) | (static_cast<unsigned char>(utf8[i + k]) & 0x3fU);
    }
    out.push_back(c);
    i += size;
  }
  return out;
}

void append_utf8(std::string& out, char32_t c) {
  const auto byte = [&out](char32_t b) { out += static_cast<char>(static_cast<unsigned char>(b)); };
  if (c < 0x80) {
    byte(c);
  } else if (c < 0x800) {
    byte(0xc0U | (c >> 6U));
    byte(0x80U | (c & 0x3fU));
  } else if (c < 0x10000) {
    byte(0xe0U | (c >> 12U));
    byte(0x80U | ((c >> 6U) & 0x3fU));
    byte(0x80U | (c & 0x3fU));
  } else {
    byte(0xf0U | (c >> 18U));
    byte(0x80U | ((c >> 12U) & 0x3fU));
    byte(0x80U | ((c >> 6U) & 0x3fU));
    byte(0x80U | (c & 0x3fU));
  }
}

/// a[first, first+count) becomes b[b_first, b_first+b_count).
struct hunk {
  std::size_t first = 0;
  std::size_t count = 0;
  std::size_t b_first = 0;
  std::size_t b_count = 0;
};

/// Greedy forward search; v[k] is the furthest x on diagonal k = x - y. nullopt: too different.
template <class T>
std::optional<std::vector<hunk>> shortest_edit(std::span<const T> a, std::span<const T> b) {
  const auto n = static_cast<std::ptrdiff_t>(a.size());
  const auto m = static_cast<std::ptrdiff_t>(b.size());
  const std::ptrdiff_t most = std::min(n + m, max_differences);
  std::vector<std::vector<std::ptrdiff_t>> rounds;  // v after each d, for the way back
  std::vector<std::ptrdiff_t> v(static_cast<std::size_t>(2 * most + 3));
  const auto at = [&](std::vector<std::ptrdiff_t>& w, std::ptrdiff_t k) -> std::ptrdiff_t& {
    return w[static_cast<std::size_t>(k + static_cast<std::ptrdiff_t>(w.size() / 2))];
  };
  const auto same = [&](std::ptrdiff_t x, std::ptrdiff_t y) {
    return a[static_cast<std::size_t>(x)] == b[static_cast<std::size_t>(y)];
  };
  std::ptrdiff_t d = 0;
  bool found = false;
  for (; d <= most && !found; ++d) {
    for (std::ptrdiff_t k = -d; k <= d && !found; k += 2) {
      const bool down = k == -d || (k != d && at(v, k - 1) < at(v, k + 1));
      std::ptrdiff_t x = down ? at(v, k + 1) : at(v, k - 1) + 1;
      while (x < n && x - k < m && same(x, x - k)) ++x;
      at(v, k) = x;
      found = x >= n && x - k >= m;
    }
    const std::ptrdiff_t middle = static_cast<std::ptrdiff_t>(v.size() / 2);
    rounds.emplace_back(v.begin() + (middle - d - 1), v.begin() + (middle + d + 2));
  }
  if (!found) return std::nullopt;
  std::vector<hunk> steps;  // single insertions and deletions, last first
  std::ptrdiff_t x = n;
  std::ptrdiff_t y = m;
  for (d -= 1; d > 0; --d) {
    std::vector<std::ptrdiff_t>& w = rounds[static_cast<std::size_t>(d) - 1];
    const std::ptrdiff_t k = x - y;
    // Outside of the former round's diagonals lies nothing that was reached.
    const auto reached = [&](std::ptrdiff_t diagonal) {
      return diagonal < -(d - 1) || diagonal > d - 1 ? -1 : at(w, diagonal);
    };
    const bool down = k == -d || (k != d && reached(k - 1) < reached(k + 1));
    const std::ptrdiff_t before = down ? k + 1 : k - 1;
    x = reached(before);
    y = x - before;
    steps.push_back(
        {static_cast<std::size_t>(x), down ? 0U : 1U, static_cast<std::size_t>(y), down ? 1U : 0U});
  }
  std::vector<hunk> out;
  for (auto step = steps.rbegin(); step != steps.rend(); ++step) {
    if (!out.empty() && out.back().first + out.back().count == step->first &&
        out.back().b_first + out.back().b_count == step->b_first) {
      out.back().count += step->count;
      out.back().b_count += step->b_count;
    } else {
      out.push_back(*step);
    }
  }
  return out;
}

/// Lines as spans with their newline.
std::vector<scalar_span> split_lines(scalar_span text) {
  std::vector<scalar_span> lines;
  while (!text.empty()) {
    const auto end = std::find(text.begin(), text.end(), U'\n');
    const std::size_t size = static_cast<std::size_t>(end - text.begin()) + (end != text.end());
    lines.push_back(text.first(size));
    text = text.subspan(size);
  }
  return lines;
}

struct line {
  scalar_span text;
  friend bool operator==(const line& a, const line& b) {
    return std::equal(a.text.begin(), a.text.end(), b.text.begin(), b.text.end());
  }
};

std::size_t total(std::span<const line> lines) {
  std::size_t size = 0;
  for (const line& l : lines) size += l.text.size();
  return size;
}

class differ {
public:
  differ(scalar_span a, scalar_span b) : a_(a), b_(b) {}

  std::vector<text_edit> run() {
    const hunk all{0, a_.size(), 0, b_.size()};
    characters(all, true);
    return std::move(out_);
  }

private:
  /// Without its equal ends.
  [[nodiscard]] hunk trim(hunk h) const {
    while (h.count > 0 && h.b_count > 0 && a_[h.first] == b_[h.b_first]) {
      ++h.first, ++h.b_first, --h.count, --h.b_count;
    }
    while (h.count > 0 && h.b_count > 0 &&
           a_[h.first + h.count - 1] == b_[h.b_first + h.b_count - 1]) {
      --h.count, --h.b_count;
    }
    return h;
  }

  void characters(hunk h, bool then_lines) {
    h = trim(h);
    if (h.count == 0 && h.b_count == 0) return;
    const auto found =
        h.count == 0 || h.b_count == 0
            ? std::optional(std::vector{hunk{0, h.count, 0, h.b_count}})
            : shortest_edit(a_.subspan(h.first, h.count), b_.subspan(h.b_first, h.b_count));
    if (found) {
      for (const hunk& part : *found) {
        emit({h.first + part.first, part.count, h.b_first + part.b_first, part.b_count});
      }
    } else if (then_lines) {
      lines(h);
    } else {
      emit(h);
    }
  }

  void lines(const hunk& h) {
    const std::vector<line> a = to_lines(a_.subspan(h.first, h.count));
    const std::vector<line> b = to_lines(b_.subspan(h.b_first, h.b_count));
    const auto found = shortest_edit(std::span<const line>(a), std::span<const line>(b));
    if (!found) return emit(h);
    std::size_t a_line = 0;
    std::size_t b_line = 0;
    std::size_t a_at = h.first;
    std::size_t b_at = h.b_first;
    for (const hunk& part : *found) {
      a_at += total(std::span(a).subspan(a_line, part.first - a_line));
      b_at += total(std::span(b).subspan(b_line, part.b_first - b_line));
      const std::size_t a_size = total(std::span(a).subspan(part.first, part.count));
      const std::size_t b_size = total(std::span(b).subspan(part.b_first, part.b_count));
      characters({a_at, a_size, b_at, b_size}, false);
      a_at += a_size;
      b_at += b_size;
      a_line = part.first + part.count;
      b_line = part.b_first + part.b_count;
    }
  }

  static std::vector<line> to_lines(scalar_span text) {
    std::vector<line> out;
    for (const scalar_span one : split_lines(text)) out.push_back({one});
    return out;
  }

  void emit(const hunk& h) {
    text_edit edit;
    edit.position = static_cast<std::uint32_t>(h.first);
    edit.erased = static_cast<std::uint32_t>(h.count);
    for (const char32_t c : b_.subspan(h.b_first, h.b_count)) append_utf8(edit.inserted, c);
    out_.push_back(std::move(edit));
  }

  scalar_span a_;
  scalar_span b_;
  std::vector<text_edit> out_;
};

}  // namespace

std::vector<text_edit> diff_texts(std::string_view before, std::string_view after) {
  const scalars a = decode(before);
  const scalars b = decode(after);
  return differ(a, b).run();
}

}  // namespace weft::app
