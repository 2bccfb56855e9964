// SPDX-License-Identifier: MIT
// roomy<T>: a std::vector whose copies have room for a few more entries.
//
// A state is copied in order to be changed, and mostly it grows; the copy of a plain vector would
// move all it has for the first new entry. Costs an eighth of the memory of a copy. Thread safety
// and complexity are those of std::vector.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace weft::crdt {

template <class T>
class roomy : public std::vector<T> {
public:
  using std::vector<T>::vector;
  roomy(const roomy& other) : std::vector<T>() {
    if (!other.empty()) {
      this->reserve(other.size() + 2 + other.size() / 8);
      this->insert(this->end(), other.begin(), other.end());
    }
  }
  roomy(roomy&&) noexcept = default;
  roomy& operator=(const roomy& other) {
    std::vector<T>::operator=(other);
    return *this;
  }
  roomy& operator=(roomy&&) noexcept = default;
  ~roomy() = default;
};

}  // namespace weft::crdt
