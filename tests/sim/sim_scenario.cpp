// SPDX-License-Identifier: MIT
#include "sim_scenario.hpp"

#include "protocol/defects.hpp"
#include "sim_world.hpp"

#include <cstdlib>
#include <ostream>
#include <sstream>

namespace weft::sim {

namespace {

enum class shape { mesh, line, star };

struct member_plan {
  std::size_t parent = 0;
  bool by_link = false;
  sync::role as = sync::role::editor;
};

class scenario {
public:
  scenario(std::uint64_t seed, std::uint32_t defects) : world_(seed), defects_(defects) {}

  scenario_result run() {
    meet();
    chaos();
    clear_up();
    check();
    result_.frames = world_.frames_sent;
    for (std::size_t i = 0; i < world_.size(); ++i) {
      result_.failed_commits += world_.at(i).commits_failed;
    }
    return result_;
  }

  void dump(std::ostream& out) const { world_.dump(out); }

private:
  test::rng& random() { return world_.random; }
  std::int64_t within(std::int64_t low, std::int64_t high) {
    return low +
           static_cast<std::int64_t>(random().below(static_cast<std::size_t>(high - low + 1)));
  }

  void meet() {
    const std::size_t count = random().chance(10) ? 5 + random().below(4) : 2 + random().below(3);
    const bool with_rogue = count > 2 && random().chance(10);
    const shape form = static_cast<shape>(random().below(3));
    for (std::size_t i = 0; i < count; ++i) {
      peer_plan plan;
      plan.defects = defects_;
      // Small batches make many of them.
      plan.batch_bytes = random().chance(50) ? 64 : std::size_t{256} << 10U;
      plan.proto_max = random().chance(20) ? std::uint16_t{2} : sync::protocol_max;
      if (with_rogue && i + 1 == count) {
        plan.rogue = true;
        plan.defects |= sync::defect::skip_authorisation;
      }
      world_.add_peer(plan);
    }
    document_ = world_.create(0);
    world_.run_for(50);
    plans_.resize(count);
    for (std::size_t i = 1; i < count; ++i) {
      member_plan& plan = plans_[i];
      plan.parent = form == shape::line ? i - 1 : 0;
      plan.by_link = random().chance(40);
      if (random().chance(15) || world_.at(i).plan.rogue) plan.as = sync::role::reader;
      if (form == shape::mesh) {
        for (std::size_t j = 1; j < i; ++j) {
          if (random().chance(70)) world_.introduce(i, j, random().chance(80));
          if (random().chance(70)) world_.introduce(j, i, random().chance(80));
        }
      }
    }
  }

  void admit(std::size_t who) {
    const member_plan& plan = plans_[who];
    if (!plan.by_link) {
      const bool dials = random().chance(50);
      world_.introduce(plan.parent, who, !dials || random().chance(50));
      world_.introduce(who, plan.parent, dials);
      world_.grant(0, document_, who, plan.as);
      return;
    }
    if (!world_.at(0).core) return again(who);
    links_[who] = world_.invite(0, document_, plan.as, random().chance(50) ? 1 : 0, 0, plan.parent);
    try_join(who);
  }

  void again(std::size_t who) {
    world_.at_time(world_.now() + time_point{within(500, 3'000)}, [this, who] { admit(who); });
  }

  void try_join(std::size_t who) {
    peer& p = world_.at(who);
    if (p.core && !p.apps.contains(document_)) world_.join(who, links_.at(who), 15'000);
    world_.at_time(world_.now() + time_point{within(5'000, 20'000)}, [this, who] {
      if (!world_.at(who).apps.contains(document_)) try_join(who);
    });
  }

  void draw_weather() {
    weather& sky = world_.sky;
    sky.latency_min = within(0, 2);
    sky.latency_max = sky.latency_min + (random().chance(30) ? within(100, 3'000) : within(1, 60));
    sky.bytes_per_ms = random().chance(20) ? 1 + within(0, 20) : 10'000;
    sky.cut_percent = random().chance(50) ? static_cast<unsigned>(random().below(8)) : 0;
    sky.disk_min = 0;
    sky.disk_max = random().chance(20) ? within(50, 2'000) : within(1, 10);
    sky.disk_fails_percent = random().chance(40) ? static_cast<unsigned>(random().below(20)) : 0;
    sky.frame_splits_percent = static_cast<unsigned>(random().below(50));
  }

  void chaos() {
    draw_weather();
    const std::int64_t length = within(5'000, 40'000);
    for (std::size_t i = 1; i < world_.size(); ++i) {
      world_.at_time(world_.now() + time_point{within(0, length / 3)}, [this, i] { admit(i); });
    }
    const std::size_t edits = 5 + random().below(60);
    for (std::size_t n = 0; n < edits; ++n) {
      world_.at_time(world_.now() + time_point{within(0, length)}, [this] {
        const std::size_t who = random().below(world_.size());
        world_.edit(who, document_);
        ++result_.edits;
        if (random().chance(20)) world_.presence(who, document_, "here");
      });
    }
    const std::size_t faults = random().chance(20) ? 0 : random().below(25);
    for (std::size_t n = 0; n < faults; ++n) {
      world_.at_time(world_.now() + time_point{within(0, length)}, [this] { fault(); });
    }
    world_.run_for(length);
  }

  void fault() {
    const std::size_t who = random().below(world_.size());
    const std::size_t other = random().below(world_.size());
    switch (random().below(6)) {
      case 0:
        world_.crash(who);
        ++result_.crashes;
        world_.at_time(world_.now() + time_point{within(10, 8'000)},
                       [this, who] { world_.start(who); });
        break;
      case 1:
        world_.set_online(who, false);
        world_.at_time(world_.now() + time_point{within(10, 8'000)},
                       [this, who] { world_.set_online(who, true); });
        break;
      case 2:
        if (who == other) break;
        world_.block(who, other, true);
        world_.at_time(world_.now() + time_point{within(50, 15'000)},
                       [this, who, other] { world_.block(who, other, false); });
        break;
      case 3:
        world_.fail_next_commit(who);
        break;
      default:
        world_.break_something();
        break;
    }
  }

  void clear_up() {
    world_.sky = weather{};
    for (std::size_t a = 0; a < world_.size(); ++a) {
      world_.start(a);
      world_.set_online(a, true);
      for (std::size_t b = 0; b < a; ++b) world_.block(a, b, false);
    }
    // Whoever lost the introduction in a crash hears it again.
    for (std::size_t i = 1; i < world_.size(); ++i) {
      const sync::membership* members = world_.at(0).core->members(document_);
      if (members == nullptr) throw oracle_failure("the first peer lost its document");
      if (plans_[i].by_link) {
        // A crash may have swallowed the address, or the invitation.
        world_.introduce(i, plans_[i].parent, true);
        if (!world_.at(i).apps.contains(document_)) {
          links_[i] = world_.invite(0, document_, plans_[i].as, 0, 0, plans_[i].parent);
        }
        continue;
      }
      world_.introduce(plans_[i].parent, i, true);
      world_.introduce(i, plans_[i].parent, true);
      if (members->role_of(world_.at(i).key.id()) == sync::role::none) {
        world_.grant(0, document_, i, plans_[i].as);
      }
    }
    for (std::size_t i = 0; i < world_.size(); ++i) world_.presence(i, document_, "");
  }

  [[nodiscard]] std::vector<std::size_t> honest_peers() {
    std::vector<std::size_t> out;
    for (std::size_t i = 0; i < world_.size(); ++i) {
      if (!world_.at(i).plan.rogue) out.push_back(i);
    }
    return out;
  }

  /// Neighbours are connected, and say that nothing is missing on either side.
  [[nodiscard]] bool settled(std::string& why) {
    for (std::size_t i = 1; i < world_.size(); ++i) {
      const std::size_t parent = plans_[i].parent;
      if (world_.at(i).plan.rogue) continue;
      for (const auto& [a, b] : {std::pair{i, parent}, std::pair{parent, i}}) {
        const std::string names = std::to_string(a) + " towards " + std::to_string(b);
        if (!world_.connected(a, b)) {
          why = "no session of peer " + names;
          return false;
        }
        const sync::peer_status* s = world_.status_of(a, document_, b);
        if (s == nullptr || !s->connected || s->missing_here != 0 || s->missing_there != 0) {
          why = "the status of peer " + names + " still lacks something";
          return false;
        }
      }
    }
    for (std::size_t i = 0; i < world_.size(); ++i) {
      if (world_.status(i, document_).unsaved != 0) {
        why = "peer " + std::to_string(i) + " has unsaved changes";
        return false;
      }
    }
    return true;
  }

  void check() {
    const std::vector<std::size_t> all = honest_peers();
    std::string why;
    bool good = false;
    for (int slice = 0; slice < 50 && !good; ++slice) {
      world_.run_for(4'000);
      good = settled(why) && world_.agree(document_, all, &why);
    }
    if (!good) throw oracle_failure("no agreement 200 s after healing: " + why);
    world_.check_acks();
    check_rights(all);
    world_.run_for(40'000);
    for (const std::size_t i : all) {
      if (!world_.at(i).seen_presence.empty()) throw oracle_failure("presence does not expire");
    }
    if (!settled(why)) throw oracle_failure("sessions do not stay: " + why);
  }

  void check_rights(const std::vector<std::size_t>& all) {
    for (const std::size_t i : all) {
      for (const sync::replica_head& head : world_.at(i).store->heads(document_)) {
        const sync::membership* members = world_.at(i).core->members(document_);
        if (members->role_of(sync::device_id_of(head.author)) < sync::role::editor) {
          throw oracle_failure("changes of somebody who may only read were accepted");
        }
      }
    }
  }

  world world_;
  std::uint32_t defects_;
  doc_id document_{};
  std::vector<member_plan> plans_;
  std::map<std::size_t, sync::join_link> links_;
  scenario_result result_;
};

}  // namespace

scenario_result run_scenario(std::uint64_t seed, std::uint32_t defects) {
  scenario s(seed, defects);
  try {
    return s.run();
  } catch (const oracle_failure& e) {
    if (std::getenv("WEFT_SEED") == nullptr) throw;
    std::ostringstream state;
    s.dump(state);
    throw oracle_failure(std::string(e.what()) + "\n" + state.str());
  }
}

}  // namespace weft::sim
