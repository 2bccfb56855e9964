// SPDX-License-Identifier: MIT
// effect_log's questions about elements against a list of all scalars that there ever were.
#include "content/effect_log.hpp"

#include "support/seeds.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <random>
#include <vector>

namespace weft::crdt {
namespace {

// The text with all that was erased, by naive means. Within a gap, what is inserted stands right
// of what was erased before.
class naive_text {
public:
  void apply(const sequence_run& run) {
    for (std::uint32_t i = 0; i < run.length; ++i) {
      if (run.kind == run_kind::insert) {
        scalars_.insert(scalars_.begin() + at(run.position + i), {run.first + i, true});
      } else {
        // Which end of a range goes first makes no difference to the outcome.
        scalars_[static_cast<std::size_t>(at(run.position))].visible = false;
      }
    }
  }
  [[nodiscard]] std::vector<local_index> visible() const {
    std::vector<local_index> out;
    for (const scalar& s : scalars_) {
      if (s.visible) {
        out.push_back(s.element);
      }
    }
    return out;
  }
  void check_places(const effect_log& log, std::size_t step) const {
    std::uint32_t position = 0;
    for (std::size_t i = 0; i < scalars_.size(); ++i) {
      if (i % step == 0) {
        const auto found = log.find(scalars_[i].element);
        REQUIRE(found);
        CHECK(*found == effect_log::place{position, scalars_[i].visible});
      }
      position += scalars_[i].visible ? 1U : 0U;
    }
  }

private:
  struct scalar {
    local_index element = 0;
    bool visible = true;
  };
  // Place of visible scalar `position`; the end if there is none.
  [[nodiscard]] std::ptrdiff_t at(std::uint32_t position) const {
    std::size_t i = 0;
    for (; i < scalars_.size(); ++i) {
      if (scalars_[i].visible && position-- == 0) {
        break;
      }
    }
    return static_cast<std::ptrdiff_t>(i);
  }

  std::vector<scalar> scalars_;
};

class history {
public:
  explicit history(std::uint64_t seed) : random_(seed) {}

  // One run, as its author made it or (as after a merge) elsewhere; or operations without effect.
  void grow() {
    const std::uint32_t length = effects_.length();
    const std::uint32_t count = 1 + below(below(8) == 0 ? 12 : 2);
    sequence_run run{next_, 0, count, run_kind::insert, 0};
    if (length > count && (length > 400 || below(5) < 2)) {
      run.kind = count > 1 && below(2) == 0 ? run_kind::erase_backward : run_kind::erase_forward;
      run.position = below(length - count + 1);
    } else {
      run.position = below(3) == 0 ? length : below(length + 1);
    }
    next_ += count;
    sequence_run logged = run;
    const bool moved = below(4) == 0;
    logged.position += moved ? 1 + below(3) : 0;
    log_.push(logged);
    if (below(20) == 0) {
      return;  // all of it was gone already
    }
    effects_.push(run, log_.size() - 1);
    text_.apply(run);
    runs_.push_back(run);
  }

  void check(std::size_t step) {
    effects_.check_invariants();
    const std::vector<local_index> visible = text_.visible();
    REQUIRE(visible.size() == effects_.length());
    for (std::size_t i = below(static_cast<std::uint32_t>(step)); i < visible.size(); i += step) {
      CHECK(effects_.element_at(static_cast<std::uint32_t>(i)) == visible[i]);
    }
    text_.check_places(effects_, step);
    check_elements(effects_.end(), visible);
    if (!runs_.empty()) {
      const std::size_t then = below(static_cast<std::uint32_t>(runs_.size()));
      naive_text old;
      for (std::size_t i = 0; i < then; ++i) {
        old.apply(runs_[i]);
      }
      check_elements(runs_[then].first, old.visible());
    }
  }

  // Grows and takes it back, questions in between, as a refused import does.
  void roll_back(std::uint32_t runs) {
    const run_list::saved log = log_.save();
    const effect_log::saved effects = effects_.save();
    const naive_text text = text_;
    const std::size_t size = runs_.size();
    const local_index next = next_;
    for (std::uint32_t i = 0; i < runs; ++i) {
      grow();
    }
    check(7);
    log_.restore(log);
    effects_.restore(effects);
    text_ = text;
    runs_.resize(size);
    next_ = next;
    check(7);
  }
  std::uint32_t below(std::uint32_t bound) {
    return std::uniform_int_distribution<std::uint32_t>(0, bound - 1)(random_);
  }

private:
  void check_elements(local_index before, const std::vector<local_index>& visible) {
    std::vector<effect_log::stretch> stretches;
    std::vector<local_index> expected;
    const auto length = static_cast<std::uint32_t>(visible.size());
    for (std::uint32_t at = below(5); at < length;) {
      const std::uint32_t count = std::min(1 + below(9), length - at);
      stretches.push_back({at, count});
      expected.insert(expected.end(), visible.begin() + at, visible.begin() + at + count);
      at += count + below(4);
    }
    std::vector<local_index> found;
    std::vector<std::size_t> ends;
    for (const index_range& range : effects_.elements(before, stretches)) {
      for (local_index e = range.first; e < range.end; ++e) {
        found.push_back(e);
      }
      ends.push_back(found.size());
    }
    CHECK(found == expected);
    std::size_t end = 0;
    for (const effect_log::stretch& s : stretches) {
      end += s.length;
      CHECK(std::binary_search(ends.begin(), ends.end(), end));
    }
  }

  std::mt19937_64 random_;
  run_list log_;
  effect_log effects_{log_};
  naive_text text_;
  std::vector<sequence_run> runs_;
  local_index next_ = 0;
};

TEST_CASE("an effect log tells where each scalar came from and went", "[effect_log]") {
  test::for_seeds(10, [](std::uint64_t seed) {
    CAPTURE(seed);
    history h(seed);
    for (int round = 0; round < 12; ++round) {
      const std::uint32_t runs = 1 + h.below(120);
      for (std::uint32_t i = 0; i < runs; ++i) {
        h.grow();
      }
      h.check(3);
      h.roll_back(1 + h.below(150));
    }
  });
}

TEST_CASE("an effect log answers about long histories", "[effect_log]") {
  test::for_seeds(1, [](std::uint64_t seed) {
    CAPTURE(seed);
    history h(seed);
    for (int round = 0; round < 3; ++round) {
      for (std::uint32_t i = 0; i < (test::slow_build() ? 1'000U : 4'000U); ++i) {
        h.grow();
      }
      h.check(31);
      h.check(31);  // the second time with longer maps
      h.roll_back(1'500);
    }
  });
}

}  // namespace
}  // namespace weft::crdt
