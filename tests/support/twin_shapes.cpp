// SPDX-License-Identifier: MIT
// Shapes of event graphs that hurt merging, as scripts.
#include "support/twin_script.hpp"

#include <algorithm>
#include <array>

namespace weft::test {
namespace {

// Writes a script event by event. How people edit is drawn once per history: one long typist, many
// single keys, a lot of erasing, everybody at one place, or anything.
class shaper {
public:
  shaper(std::uint64_t seed, std::size_t size) : random_(seed), size_(size) {
    out_.ids = byte();
    const std::size_t look = random_.below(8);
    out_.look = look < 5 ? looking::always : look < 7 ? looking::often : looking::at_end;
    out_.wide_scalars = random_.chance(15);
    erasing_ = std::array<unsigned, 4>{0, 15, 35, 55}[random_.below(4)];
    dense_ = std::array<unsigned, 4>{10, 50, 90, 100}[random_.below(4)];
    longest_ = std::array<std::uint8_t, 4>{95, 159, 223, 255}[random_.below(4)];
    second_text_ = random_.chance(25) ? 20 : 0;
    odd_ = random_.chance(50) ? 6 : 0;
    replicas(2 + random_.below(random_.chance(70) ? 3 : 11));
  }

  void replicas(std::size_t n) { out_.replicas = static_cast<std::uint8_t>(n); }
  [[nodiscard]] std::size_t replicas() const { return out_.replicas; }
  [[nodiscard]] bool full() const { return out_.events.size() >= size_; }
  [[nodiscard]] rng& random() { return random_; }
  [[nodiscard]] std::size_t anyone() { return random_.below(replicas()); }
  [[nodiscard]] std::size_t another(std::size_t than) {
    return (than + 1 + random_.below(std::max<std::size_t>(1, replicas() - 1))) % replicas();
  }
  [[nodiscard]] twin_script take() { return std::move(out_); }

  void put(twin_kind kind, std::size_t actor, std::size_t other = 0) {
    put(kind, actor, other, place(), byte());
  }
  void put(twin_kind kind, std::size_t actor, std::size_t other, std::uint8_t place,
           std::uint8_t amount) {
    out_.events.push_back({kind, static_cast<std::uint8_t>(random_.chance(second_text_)),
                           static_cast<std::uint8_t>(actor), static_cast<std::uint8_t>(other),
                           place, amount});
  }

  void edit(std::size_t actor, std::size_t times = 1) {
    for (std::size_t i = 0; i < times; ++i) {
      constexpr std::array writes{twin_kind::insert,    twin_kind::insert,  twin_kind::type,
                                  twin_kind::type_back, twin_kind::replace, twin_kind::transaction};
      constexpr std::array erases{twin_kind::erase, twin_kind::erase, twin_kind::backspace,
                                  twin_kind::backspace, twin_kind::delete_key};
      const bool erase = random_.chance(erasing_);
      put(erase ? erases[random_.below(erases.size())] : writes[random_.below(writes.size())],
          actor, 0, place(), static_cast<std::uint8_t>(random_.below(longest_ + 1U)));
      if (random_.chance(odd_)) {
        odd(actor);
      }
    }
  }
  void pull(std::size_t to, std::size_t from) {
    constexpr std::array other_ways{twin_kind::changes, twin_kind::pull_since};
    put(random_.chance(92) ? twin_kind::pull : other_ways[random_.below(2)], to, from);
  }
  // Packets one at a time; `amount` says how many.
  void stream(std::size_t to, std::size_t count = 1) {
    put(twin_kind::stream, to, 0, 0, static_cast<std::uint8_t>(count - 1));
  }
  void stream_from(std::size_t to, std::size_t from, std::size_t count = 1) {
    put(twin_kind::stream_from, to, from, 0, static_cast<std::uint8_t>(count - 1));
  }
  void odd(std::size_t actor) {
    constexpr std::array odds{twin_kind::refused, twin_kind::reopen, twin_kind::jump,
                              twin_kind::new_id,  twin_kind::cursor, twin_kind::add,
                              twin_kind::join,    twin_kind::changes};
    put(odds[random_.below(odds.size())], actor, another(actor));
  }
  // A common past, so that there is something to erase.
  void begin() {
    if (random_.chance(70)) {
      put(twin_kind::insert, 0, 0, 0, random_.chance(50) ? 250 : 200);
      for (std::size_t r = 1; r < replicas(); ++r) {
        put(twin_kind::pull, r, 0);
      }
    }
    if (random_.chance(30)) {
      put(twin_kind::cursor, anyone(), 0);
    }
  }

private:
  std::uint8_t byte() { return static_cast<std::uint8_t>(random_.below(256)); }
  std::uint8_t place() {
    return random_.chance(dense_) ? static_cast<std::uint8_t>(random_.below(16)) : byte();
  }

  rng random_;
  std::size_t size_;
  twin_script out_;
  unsigned erasing_ = 0, dense_ = 0, second_text_ = 0, odd_ = 0;
  std::uint8_t longest_ = 0;
};

// Anybody edits, anybody pulls.
void mesh(shaper& s) {
  s.begin();
  while (!s.full()) {
    s.edit(s.anyone(), 1 + s.random().below(3));
    if (s.random().chance(60)) {
      const std::size_t to = s.anyone();
      s.pull(to, s.another(to));
    }
  }
}

// One-way or two-way: each sees the other some bursts late, one packet at a time.
void ladder(shaper& s) {
  s.replicas(2);
  s.begin();
  const std::size_t lag = 1 + s.random().below(s.random().chance(70) ? 6 : 40);
  const bool both = s.random().chance(50);
  for (std::size_t i = 0; !s.full(); ++i) {
    s.edit(0);
    s.edit(1);
    if (i >= lag) {
      s.stream_from(1, 0, 1 + s.random().below(3));
      if (both) {
        s.stream_from(0, 1, 1 + s.random().below(3));
      }
    }
  }
}

// A watcher receives the packets of a ladder one by one and takes part now and then.
void watched_ladder(shaper& s) {
  s.replicas(3);
  s.begin();
  const std::size_t lag = 1 + s.random().below(8);
  for (std::size_t i = 0; !s.full(); ++i) {
    s.edit(0);
    s.edit(1);
    if (i >= lag) {
      s.stream_from(1, 0);
      s.stream_from(0, 1);
    }
    s.stream(2, 1 + s.random().below(3));
    if (s.random().chance(10)) {
      s.edit(2);
    }
  }
}

// Two edit, then each merges what the other had before it merged: no version is critical.
void criss_cross(shaper& s) {
  const std::size_t n = s.replicas() / 2 * 2;
  s.replicas(n);
  s.begin();
  while (!s.full()) {
    for (std::size_t r = 0; r < n; ++r) {
      s.edit(r, 1 + s.random().below(2));
    }
    for (std::size_t r = 0; r < n; ++r) {
      s.stream_from(r, (r + 1 + s.random().below(n - 1)) % n, 1 + s.random().below(4));
    }
    if (s.random().chance(15)) {
      s.pull(0, 1);
    }
  }
}

// Forks of forks, merged upwards.
void tree(shaper& s) {
  s.replicas(4 + s.random().below(9));
  const std::size_t n = s.replicas();
  s.begin();
  while (!s.full()) {
    for (std::size_t r = 1; r < n; ++r) {
      s.edit(r / 2);
      s.pull(r, r / 2);
      s.edit(r, 1 + s.random().below(2));
    }
    for (std::size_t r = n - 1; r > 0; --r) {
      if (s.random().chance(70)) {
        s.pull(r / 2, r);
      }
      if (s.random().chance(40)) {
        s.edit(r / 2);
      }
    }
  }
}

// Everybody edits at once, one merges all, all take it back.
void octopus(shaper& s) {
  s.replicas(3 + s.random().below(10));
  s.begin();
  while (!s.full()) {
    for (std::size_t r = 0; r < s.replicas(); ++r) {
      s.edit(r, s.random().below(3));
    }
    const std::size_t hub = s.anyone();
    for (std::size_t r = 0; r < s.replicas(); ++r) {
      s.pull(hub, r);
    }
    s.edit(hub);
    for (std::size_t r = 0; r < s.replicas(); ++r) {
      if (s.random().chance(80)) {
        s.pull(r, hub);
      }
    }
  }
}

// Live: every packet goes to everybody soon, one at a time, with some delay.
void live(shaper& s) {
  s.begin();
  while (!s.full()) {
    s.edit(s.anyone());
    for (std::size_t r = 0; r < s.replicas(); ++r) {
      if (s.random().chance(55)) {
        s.stream(r, 1 + s.random().below(4));
      }
    }
  }
}

// The same with packets that overtake each other or come twice.
void unordered(shaper& s) {
  s.begin();
  while (!s.full()) {
    s.edit(s.anyone(), 1 + s.random().below(2));
    for (std::size_t i = 0; i < s.replicas(); ++i) {
      const std::size_t r = s.anyone();
      s.put(s.random().chance(60) ? twin_kind::jump : twin_kind::stream, r, s.another(r));
    }
  }
}

// One falls silent over all that the others do, types offline, and comes back.
void stale(shaper& s) {
  s.replicas(std::max<std::size_t>(3, s.replicas()));
  s.begin();
  const std::size_t away = s.anyone();
  while (!s.full()) {
    for (std::size_t i = 0; i < 6 + s.random().below(20); ++i) {
      const std::size_t r = s.anyone();
      if (r != away) {
        s.edit(r);
        const std::size_t to = s.another(r);
        s.stream(to == away ? r : to, 3);
      } else if (s.random().chance(30)) {
        s.edit(away);
      }
    }
    const std::size_t meets = s.another(away);
    if (s.random().chance(50)) {
      s.stream(away, 40);
    } else {
      s.pull(away, meets);
    }
    s.edit(away);
    s.random().chance(50) ? s.stream(meets, 40) : s.pull(meets, away);
  }
}

// A long branch offline; the rest reaches it one packet at a time while it types on.
void long_branch(shaper& s) {
  s.replicas(2 + s.random().below(2));
  s.begin();
  s.edit(0, 3 + s.random().below(20));
  while (!s.full()) {
    s.edit(1);
    if (s.replicas() > 2 && s.random().chance(50)) {
      s.stream_from(2, 1);
      s.edit(2);
      s.stream_from(0, 2);
    }
    s.stream_from(0, 1);
    if (s.random().chance(35)) {
      s.edit(0);
    }
    if (s.random().chance(6)) {
      s.pull(1, 0);
    }
  }
}

// All type into one gap without seeing each other, again and again.
void one_place(shaper& s) {
  s.replicas(3 + s.random().below(10));
  s.begin();
  while (!s.full()) {
    const auto place = static_cast<std::uint8_t>(s.random().below(16));
    for (std::size_t r = 0; r < s.replicas(); ++r) {
      constexpr std::array ways{twin_kind::insert, twin_kind::type, twin_kind::type_back};
      s.put(ways[s.random().below(3)], r, 0, place,
            static_cast<std::uint8_t>(s.random().below(180)));
      if (s.random().chance(40)) {
        s.put(twin_kind::insert, r, 0, 2, 0);
      }
    }
    for (std::size_t i = 0; i < s.replicas() * 2; ++i) {
      s.stream(s.anyone(), 1 + s.random().below(12));
    }
  }
}

// Late joiners: the number of replicas grows.
void joiners(shaper& s) {
  s.replicas(1);
  s.edit(0, 3);
  for (std::size_t n = 1; !s.full();) {
    s.replicas(n);
    s.edit(s.anyone(), 2);
    s.pull(s.anyone(), s.anyone());
    s.stream(s.anyone(), 3);
    if (n < 12 && s.random().chance(20)) {
      s.put(twin_kind::join, s.anyone());
      ++n;
    }
  }
  s.replicas(1);
}

// Everybody erases the same text, whole or in parts, and types where it was.
void all_erase(shaper& s) {
  s.begin();
  while (!s.full()) {
    s.put(twin_kind::insert, 0, 0, 1, 240);
    for (std::size_t r = 1; r < s.replicas(); ++r) {
      s.pull(r, 0);
    }
    for (std::size_t r = 0; r < s.replicas(); ++r) {
      s.put(s.random().chance(60) ? twin_kind::erase : twin_kind::backspace, r, 0,
            static_cast<std::uint8_t>(s.random().chance(50) ? 0 : s.random().below(256)), 250);
      s.put(twin_kind::insert, r, 0, 2, 0);
    }
    for (std::size_t r = 0; r < s.replicas(); ++r) {
      s.random().chance(50) ? s.pull(r, s.another(r)) : s.stream(r, 30);
    }
  }
}

// Some edit all over and hardly hear of each other; a watcher gets their packets in turns. Nothing
// settles, so a window holds ever more records.
void crowded(shaper& s) {
  s.replicas(3 + s.random().below(4));
  const std::size_t watcher = s.replicas() - 1;
  s.begin();
  while (!s.full()) {
    for (std::size_t r = 0; r < watcher; ++r) {
      s.edit(r);
    }
    s.stream(watcher, 1 + s.random().below(2 * watcher));
    if (s.random().chance(4)) {
      const std::size_t r = s.anyone();
      s.stream_from(r, s.another(r), 1 + s.random().below(8));
    }
    if (s.random().chance(3)) {
      s.edit(watcher);
    }
  }
}

struct shape {
  const char* name;
  void (*write)(shaper&);
};
constexpr std::array shapes{
    shape{"mesh", mesh},
    shape{"ladder", ladder},
    shape{"watched ladder", watched_ladder},
    shape{"criss-cross", criss_cross},
    shape{"tree", tree},
    shape{"octopus", octopus},
    shape{"live", live},
    shape{"unordered", unordered},
    shape{"stale", stale},
    shape{"long branch", long_branch},
    shape{"one place", one_place},
    shape{"joiners", joiners},
    shape{"all erase", all_erase},
    shape{"crowded", crowded},
};

}  // namespace

std::size_t twin_shapes() {
  return shapes.size() + 1;  // and any bytes
}

const char* twin_shape_name(std::size_t shape) {
  return shape < shapes.size() ? shapes[shape].name : "any bytes";
}

twin_script shaped_twin_script(std::size_t shape, std::uint64_t seed, std::size_t size) {
  rng random(seed * 2 + 1);
  if (shape >= shapes.size()) {
    crdt::bytes any(twin_head_bytes + size * twin_event_bytes);
    std::generate(any.begin(), any.end(),
                  [&] { return static_cast<std::uint8_t>(random.below(256)); });
    return decode_twin_script(any);
  }
  shaper s(random.next(), size);
  shapes[shape].write(s);
  return s.take();
}

twin_script random_twin_script(std::uint64_t seed, std::size_t size) {
  return shaped_twin_script(seed % twin_shapes(), seed / twin_shapes(), size);
}

}  // namespace weft::test
