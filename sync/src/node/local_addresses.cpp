// SPDX-License-Identifier: MIT
#include "node/local_addresses.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cstring>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>

namespace weft::sync {

namespace {
constexpr std::size_t most = 8;
}

std::vector<std::string> reachable_at(const endpoint& listening) {
  if (listening.host != "0.0.0.0" && listening.host != "::") return {listening.format()};
  std::vector<std::string> out;
  ifaddrs* all = nullptr;
  if (::getifaddrs(&all) == 0) {
    for (const ifaddrs* at = all; at != nullptr && out.size() + 1 < most; at = at->ifa_next) {
      const bool usable = at->ifa_addr != nullptr && at->ifa_addr->sa_family == AF_INET &&
                          (at->ifa_flags & IFF_UP) != 0 && (at->ifa_flags & IFF_LOOPBACK) == 0;
      if (!usable) continue;
      sockaddr_in address{};
      std::memcpy(&address, at->ifa_addr, sizeof address);
      std::array<char, INET_ADDRSTRLEN> text{};
      if (::inet_ntop(AF_INET, &address.sin_addr, text.data(), text.size()) == nullptr) continue;
      const std::string found = endpoint{text.data(), listening.port}.format();
      if (std::find(out.begin(), out.end(), found) == out.end()) out.push_back(found);
    }
    ::freeifaddrs(all);
  }
  out.push_back(endpoint{"127.0.0.1", listening.port}.format());
  return out;
}

}  // namespace weft::sync
