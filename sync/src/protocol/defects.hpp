// SPDX-License-Identifier: MIT
// Mechanisms that can be broken on purpose (core_config::defects), so that the simulator can prove
// that it would notice. Never set outside of tests.
#pragma once

#include <cstdint>

namespace weft::sync::defect {

inline constexpr std::uint32_t ack_before_commit = 1U << 0U;
inline constexpr std::uint32_t keep_session_state = 1U << 1U;  ///< "sent" survives a reconnect
inline constexpr std::uint32_t deliver_before_commit = 1U << 2U;
inline constexpr std::uint32_t send_before_commit = 1U << 3U;
inline constexpr std::uint32_t skip_authorisation = 1U << 4U;
inline constexpr std::uint32_t skip_forwarding = 1U << 5U;       ///< foreign changes stay here
inline constexpr std::uint32_t ignore_silence = 1U << 6U;        ///< dead sessions are never closed
inline constexpr std::uint32_t forget_failed_commit = 1U << 7U;  ///< local changes are lost
inline constexpr std::uint32_t skip_acks = 1U << 8U;
inline constexpr std::uint32_t keep_members = 1U << 9U;  ///< new entries are not passed on

}  // namespace weft::sync::defect
