// SPDX-License-Identifier: MIT
#include "heap_watch.hpp"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <malloc.h>
#include <new>

namespace weft::test {
namespace {

std::atomic<std::size_t> live{0};
std::atomic<std::size_t> peak{0};

void* counted_or_null(std::size_t size) noexcept {
  void* const p = std::malloc(std::max<std::size_t>(size, 1));
  if (p == nullptr) {
    return nullptr;
  }
  const std::size_t now = live += malloc_usable_size(p);
  std::size_t before = peak;
  while (before < now && !peak.compare_exchange_weak(before, now)) {
  }
  return p;
}

void* counted(std::size_t size) {
  void* const p = counted_or_null(size);
  if (p == nullptr) {
    throw std::bad_alloc();
  }
  return p;
}

void give_back(void* p) noexcept {
  live -= p == nullptr ? 0 : malloc_usable_size(p);
  std::free(p);
}

}  // namespace

heap_watch::heap_watch() : before_(live) {
  peak = before_;
}

std::size_t heap_watch::peak_bytes() const {
  return peak - std::min<std::size_t>(peak, before_);
}

}  // namespace weft::test

void* operator new(std::size_t size) {
  return weft::test::counted(size);
}
void* operator new[](std::size_t size) {
  return weft::test::counted(size);
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return weft::test::counted_or_null(size);
}
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
  return weft::test::counted_or_null(size);
}
void operator delete(void* p) noexcept {
  weft::test::give_back(p);
}
void operator delete[](void* p) noexcept {
  weft::test::give_back(p);
}
void operator delete(void* p, std::size_t) noexcept {
  weft::test::give_back(p);
}
void operator delete[](void* p, std::size_t) noexcept {
  weft::test::give_back(p);
}
void operator delete(void* p, const std::nothrow_t&) noexcept {
  weft::test::give_back(p);
}
void operator delete[](void* p, const std::nothrow_t&) noexcept {
  weft::test::give_back(p);
}
