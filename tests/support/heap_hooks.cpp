// SPDX-License-Identifier: MIT
#include "support/heap_hooks.hpp"

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <malloc.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define WEFT_FOREIGN_ALLOCATOR 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define WEFT_FOREIGN_ALLOCATOR 1
#endif
#endif
#if !defined(__GLIBC__) && !defined(WEFT_FOREIGN_ALLOCATOR)
#define WEFT_FOREIGN_ALLOCATOR 1
#endif

namespace weft::test::heap {

namespace {
std::atomic<bool> counting{false};
std::atomic<std::ptrdiff_t> live{0};
std::atomic<std::ptrdiff_t> peak{0};
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

#ifndef WEFT_FOREIGN_ALLOCATOR
namespace {

void* count_in(void* block) noexcept {
  if (block != nullptr && counting.load(std::memory_order_relaxed)) {
    const auto size = static_cast<std::ptrdiff_t>(::malloc_usable_size(block));
    const std::ptrdiff_t now = live.fetch_add(size, std::memory_order_relaxed) + size;
    std::ptrdiff_t before = peak.load(std::memory_order_relaxed);
    while (now > before && !peak.compare_exchange_weak(before, now, std::memory_order_relaxed)) {
    }
  }
  return block;
}

void count_out(void* block) noexcept {
  if (block != nullptr && counting.load(std::memory_order_relaxed)) {
    live.fetch_sub(static_cast<std::ptrdiff_t>(::malloc_usable_size(block)),
                   std::memory_order_relaxed);
  }
}

}  // namespace
#endif

}  // namespace weft::test::heap

#ifndef WEFT_FOREIGN_ALLOCATOR
// The names under which glibc keeps its own allocator reachable for a program that replaces it.
// NOLINTBEGIN(bugprone-reserved-identifier)
extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* block, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);
void __libc_free(void* block);

void* malloc(std::size_t size) {
  return weft::test::heap::count_in(__libc_malloc(size));
}
void* calloc(std::size_t count, std::size_t size) {
  return weft::test::heap::count_in(__libc_calloc(count, size));
}
void* realloc(void* block, std::size_t size) {
  weft::test::heap::count_out(block);
  void* const moved = __libc_realloc(block, size);
  weft::test::heap::count_in(moved == nullptr && size != 0 ? block : moved);
  return moved;
}
void free(void* block) {
  weft::test::heap::count_out(block);
  __libc_free(block);
}
void* memalign(std::size_t alignment, std::size_t size) {
  return weft::test::heap::count_in(__libc_memalign(alignment, size));
}
void* aligned_alloc(std::size_t alignment, std::size_t size) {
  return weft::test::heap::count_in(__libc_memalign(alignment, size));
}
int posix_memalign(void** out, std::size_t alignment, std::size_t size) {
  void* const block = __libc_memalign(alignment, size);
  if (block == nullptr) return ENOMEM;
  *out = weft::test::heap::count_in(block);
  return 0;
}
}
// NOLINTEND(bugprone-reserved-identifier)
#endif
