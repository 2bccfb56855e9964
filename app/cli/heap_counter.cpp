// SPDX-License-Identifier: MIT
#include "cli/heap_counter.hpp"

#include <atomic>
#include <cstdlib>
#include <malloc.h>
#include <new>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define WEFT_FOREIGN_ALLOCATOR 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define WEFT_FOREIGN_ALLOCATOR 1
#endif
#endif

namespace weft::app::heap_counter {

namespace {

std::atomic<bool> counting{false};
std::atomic<std::ptrdiff_t> live{0};
std::atomic<std::ptrdiff_t> peak{0};

#ifndef WEFT_FOREIGN_ALLOCATOR
void count_new(void* block) noexcept {
  const auto size = static_cast<std::ptrdiff_t>(::malloc_usable_size(block));
  const std::ptrdiff_t now = live.fetch_add(size, std::memory_order_relaxed) + size;
  std::ptrdiff_t before = peak.load(std::memory_order_relaxed);
  while (now > before && !peak.compare_exchange_weak(before, now, std::memory_order_relaxed)) {
  }
}

void* allocate(std::size_t size, std::size_t alignment) noexcept {
  void* block = nullptr;
  if (size == 0) size = 1;
  if (alignment <= alignof(std::max_align_t)) {
    block = std::malloc(size);
  } else if (::posix_memalign(&block, alignment, size) != 0) {
    block = nullptr;
  }
  if (block != nullptr && counting.load(std::memory_order_relaxed)) count_new(block);
  return block;
}

void release(void* block) noexcept {
  if (block != nullptr && counting.load(std::memory_order_relaxed)) {
    live.fetch_sub(static_cast<std::ptrdiff_t>(::malloc_usable_size(block)),
                   std::memory_order_relaxed);
  }
  std::free(block);
}

void* allocate_or_throw(std::size_t size, std::size_t alignment) {
  void* const block = allocate(size, alignment);
  if (block == nullptr) throw std::bad_alloc();
  return block;
}
#endif

}  // namespace

bool available() noexcept {
#ifdef WEFT_FOREIGN_ALLOCATOR
  return false;
#else
  return true;
#endif
}

void start() noexcept {
  live = 0;
  peak = 0;
  counting = true;
}

std::ptrdiff_t live_bytes() noexcept {
  return live;
}
std::ptrdiff_t peak_bytes() noexcept {
  return peak;
}

}  // namespace weft::app::heap_counter

#ifndef WEFT_FOREIGN_ALLOCATOR
// All replaceable forms, so that no block is counted on one side only. The array and nothrow forms
// of the standard library call these, and so do the sized deletes.
void* operator new(std::size_t size) {
  return weft::app::heap_counter::allocate_or_throw(size, alignof(std::max_align_t));
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  return weft::app::heap_counter::allocate_or_throw(size, static_cast<std::size_t>(alignment));
}
void operator delete(void* block) noexcept {
  weft::app::heap_counter::release(block);
}
void operator delete(void* block, std::size_t /*size*/) noexcept {
  weft::app::heap_counter::release(block);
}
void operator delete(void* block, std::align_val_t /*alignment*/) noexcept {
  weft::app::heap_counter::release(block);
}
void operator delete(void* block, std::size_t /*size*/, std::align_val_t /*alignment*/) noexcept {
  weft::app::heap_counter::release(block);
}
#endif
