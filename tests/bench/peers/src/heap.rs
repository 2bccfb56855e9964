// SPDX-License-Identifier: MIT
//! Counts heap bytes from `start` on, by the allocator's usable sizes, as the C++ side does.
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicBool, AtomicIsize, Ordering::Relaxed};

extern "C" {
    fn malloc_usable_size(block: *mut u8) -> usize;
}

pub struct Counting;

static ON: AtomicBool = AtomicBool::new(false);
static LIVE: AtomicIsize = AtomicIsize::new(0);
static PEAK: AtomicIsize = AtomicIsize::new(0);

fn add(block: *mut u8) {
    if !block.is_null() && ON.load(Relaxed) {
        let size = unsafe { malloc_usable_size(block) } as isize;
        let now = LIVE.fetch_add(size, Relaxed) + size;
        PEAK.fetch_max(now, Relaxed);
    }
}

fn sub(block: *mut u8) {
    if ON.load(Relaxed) {
        LIVE.fetch_sub(unsafe { malloc_usable_size(block) } as isize, Relaxed);
    }
}

unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let block = System.alloc(layout);
        add(block);
        block
    }
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        let block = System.alloc_zeroed(layout);
        add(block);
        block
    }
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        sub(block);
        System.dealloc(block, layout);
    }
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        sub(block);
        let moved = System.realloc(block, layout, size);
        add(if moved.is_null() { block } else { moved });
        moved
    }
}

pub fn start() {
    LIVE.store(0, Relaxed);
    PEAK.store(0, Relaxed);
    ON.store(true, Relaxed);
}

pub fn live() -> isize {
    LIVE.load(Relaxed)
}

pub fn peak() -> isize {
    PEAK.load(Relaxed)
}
