// SPDX-License-Identifier: MIT
#include "content/run_list.hpp"

namespace weft::crdt {

// A list begins small, since most texts of a document with many are; then whole blocks come.
void run_list::grow() {
  if (capacity_ >= block_size) {
    blocks_.push_back(std::make_unique_for_overwrite<packed_run[]>(block_size));
    capacity_ += block_size;
    return;
  }
  capacity_ = std::max(smallest_block, capacity_ * 2);
  auto larger = std::make_unique<packed_run[]>(capacity_);
  if (blocks_.empty()) {
    blocks_.push_back(std::move(larger));
    return;
  }
  std::copy_n(blocks_.front().get(), size_, larger.get());
  blocks_.front() = std::move(larger);
}

void run_list::push_long(const sequence_run& run, std::uint64_t content) {
  for (std::uint32_t done = 0; done < run.length;) {
    const std::uint32_t length = std::min(max_run, run.length - done);
    append(part_of(run, run.first + done, length), content);
    done += length;
  }
}

void run_list::restore(const saved& to) {
  WEFT_ASSERT(to.size <= size_, "a list is restored to less than it holds");
  size_ = to.size;
  if (size_ == 0) {
    return;
  }
  --size_;
  append(to.last, to.last.content);
}

void run_list::check_invariants() const {
  for (std::size_t i = 0; i < size_; ++i) {
    const sequence_run run = (*this)[i];
    WEFT_ASSERT(run.length > 0, "runs hold operations");
    WEFT_ASSERT(run.kind != run_kind::erase_backward || run.length > 1,
                "an erase of one scalar is a forward one");
    WEFT_ASSERT(i == 0 || end_of(i - 1) <= run.first, "runs ascend and do not overlap");
  }
  WEFT_ASSERT(size_ == 0 || last_ == &at(size_ - 1), "the last run is known");
}

}  // namespace weft::crdt
