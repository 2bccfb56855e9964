// SPDX-License-Identifier: MIT
// Two real cores on a hostile wire. The bytes choose what is delivered, dropped, damaged, cut or
// delayed, when time passes, commits fail and programs die. Nothing may crash, nothing false may be
// acknowledged, and once the wire is healed both must agree.
#include "sim_world.hpp"

#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace {

using namespace weft;

/// Reads the script; zeros after its end.
class script {
public:
  script(const std::uint8_t* data, std::size_t size) : data_(data), size_(size) {}
  [[nodiscard]] bool ended() const { return at_ >= size_; }
  std::uint8_t next() { return ended() ? std::uint8_t{0} : data_[at_++]; }

private:
  const std::uint8_t* data_;
  std::size_t size_;
  std::size_t at_ = 0;
};

void require(bool holds, const std::string& claim) {
  if (holds) return;
  std::fprintf(stderr, "session_fuzz: %s\n", claim.c_str());
  std::abort();
}

void act(sim::world& w, const sync::doc_id& document, script& in) {
  const std::size_t who = in.next() % 2U;
  switch (in.next() % 12U) {
    case 0:
      w.run_for(in.next());
      break;
    case 1:
      w.run_for(std::int64_t{in.next()} * 100);
      break;
    case 2:
      w.edit(who, document);
      break;
    case 3:
      w.break_something();
      break;
    case 4:
      w.fail_next_commit(who);
      break;
    case 5:
      w.set_online(who, false);
      break;
    case 6:
      w.set_online(who, true);
      break;
    case 7:
      w.presence(who, document, in.next() % 2U == 0 ? "here" : "");
      break;
    case 8:
      w.crash(who);
      w.start(who);
      break;
    case 9:  // bytes of the script, as if the peer had sent them
    case 10: {
      crdt::bytes data;
      for (std::size_t n = in.next() % 40U; n > 0; --n) data.push_back(in.next());
      w.inject(who, data);
      break;
    }
    default:
      w.damage_next_frame(who, in.next());
      break;
  }
}

void run(const std::uint8_t* data, std::size_t size) {
  script in(data, size);
  sim::world w(1 + in.next());
  w.honest = false;  // damaged frames make peers accuse each other, rightly
  w.add_peer();
  w.add_peer();
  const sync::doc_id document = w.create(0);
  w.introduce(0, 1, true);
  w.introduce(1, 0, true);
  w.run_for(10);
  w.grant(0, document, 1, sync::role::editor);
  w.run_for(1'000);
  for (int steps = 0; !in.ended() && steps < 400; ++steps) act(w, document, in);
  for (const std::size_t i : {0U, 1U}) {
    w.start(i);
    w.set_online(i, true);
    w.presence(i, document, "");
  }
  w.heal();
  std::string why;
  bool good = false;
  for (int slice = 0; slice < 60 && !good; ++slice) {
    w.run_for(5'000);
    good = w.connected(0, 1) && w.agree(document, {0, 1}, &why);
  }
  require(good, "no agreement after healing: " + why);
  w.check_acks();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 4'096) return 0;
  try {
    run(data, size);
  } catch (const sim::oracle_failure& e) {
    require(false, e.what());
  }
  return 0;
}
