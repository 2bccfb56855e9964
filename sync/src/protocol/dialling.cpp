// SPDX-License-Identifier: MIT
// Whom to dial, and when again. Full jitter keeps a crowd from coming back in step.
#include "protocol/core_state.hpp"

#include <algorithm>

namespace weft::sync {

/// Known peers with addresses, and the inviters of links that are being redeemed.
void node_core::state::load_diallers() {
  std::map<device_id, std::vector<std::string>> wanted;
  for (const auto& [device, peer] : peers_) {
    if (!peer.addresses.empty() && device != self_) wanted[device] = peer.addresses;
  }
  for (const auto& [document, j] : joins_) {
    std::vector<std::string>& to = wanted[j.link.inviter];
    for (const std::string& address : j.link.addresses) {
      if (std::find(to.begin(), to.end(), address) == to.end()) to.push_back(address);
    }
  }
  std::erase_if(diallers_, [&](const auto& entry) { return !wanted.contains(entry.first); });
  for (auto& [device, addresses] : wanted) {
    auto [dial, added] = diallers_.try_emplace(device);
    dial->second.device = device;
    dial->second.addresses = std::move(addresses);
    if (added) dial->second.next_at = now_;
  }
  wake_by(now_);
}

void node_core::state::run_diallers() {
  if (!online_ || stopping_) return;
  for (auto& [device, dial] : diallers_) {
    if (session_with(device)) continue;
    if (dial.dialling) {
      if (dial.dialled_at + limit::dial <= now_) {
        dial.dialling = false;
        retry_later(device, false);
      } else {
        wake_by(dial.dialled_at + limit::dial);
      }
      continue;
    }
    if (dial.next_at > now_) {
      wake_by(dial.next_at);
      continue;
    }
    dial.dialling = true;
    dial.dialled_at = now_;
    wake_by(now_ + limit::dial);
    std::optional<join_link> redeem;
    for (const auto& [document, j] : joins_) {
      if (j.link.inviter == device) redeem = j.link;
    }
    out_->push_back(fx::dial{device, dial.addresses, redeem});
  }
}

void node_core::state::retry_later(const device_id& device, bool refused) {
  const auto found = diallers_.find(device);
  if (found == diallers_.end()) return;
  dialler& dial = found->second;
  const time_point cap = refused ? limit::refused_cap : limit::backoff_cap;
  const unsigned steps = std::min(dial.failures, 8U);
  const auto span = static_cast<std::uint64_t>(
      std::min<time_point>(cap, limit::backoff_base * (1LL << steps)).count());
  // A refusal is not cured by haste: half of the cap at least.
  const std::uint64_t least = refused ? static_cast<std::uint64_t>(cap.count()) / 2 : 0;
  const std::uint64_t wait = std::max(least, random() % (span + 1));
  dial.failures += 1;
  dial.next_at = now_ + time_point{static_cast<time_point::rep>(wait)};
  wake_by(dial.next_at);
}

void node_core::state::retry_soon() {
  for (auto& [device, dial] : diallers_) {
    dial.failures = 0;
    dial.dialling = false;
    dial.next_at = now_ + time_point{static_cast<time_point::rep>(random() % 200)};
    wake_by(dial.next_at);
  }
}

}  // namespace weft::sync
