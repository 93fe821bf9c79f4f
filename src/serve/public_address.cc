#include "serve/public_address.h"

#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

namespace detoy::serve {
namespace {

using Bytes = std::array<std::uint8_t, 16>;

struct Block {
  std::uint32_t network;
  int bits;
};

constexpr std::uint32_t v4(std::uint32_t a, std::uint32_t b, std::uint32_t c) {
  return a << 24 | b << 16 | c << 8;
}

// IANA's registry of special-purpose addresses, and multicast.
constexpr std::array reserved = std::to_array<Block>({
    {v4(0, 0, 0), 8},
    {v4(10, 0, 0), 8},
    {v4(100, 64, 0), 10},
    {v4(127, 0, 0), 8},
    {v4(169, 254, 0), 16},
    {v4(172, 16, 0), 12},
    {v4(192, 0, 0), 24},
    {v4(192, 0, 2), 24},
    {v4(192, 88, 99), 24},
    {v4(192, 168, 0), 16},
    {v4(198, 18, 0), 15},
    {v4(198, 51, 100), 24},
    {v4(203, 0, 113), 24},
    {v4(224, 0, 0), 4},
    {v4(240, 0, 0), 4},
});

bool is_public_v4(std::uint32_t address) {
  return std::none_of(reserved.begin(), reserved.end(), [&](const Block& block) {
    return (address & (~std::uint32_t{0} << (32 - block.bits))) == block.network;
  });
}

std::uint32_t v4_at(const Bytes& bytes, std::size_t at) {
  std::uint32_t address = 0;
  for (std::size_t i = 0; i < 4; ++i) address = address << 8 | bytes[at + i];
  return address;
}

bool begins(const Bytes& bytes, std::initializer_list<std::uint8_t> prefix) {
  return std::equal(prefix.begin(), prefix.end(), bytes.begin());
}

bool is_public_v6(const Bytes& bytes) {
  if (begins(bytes, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff})) return is_public_v4(v4_at(bytes, 12));
  // NAT64 leads to the IPv4 address within.
  if (begins(bytes, {0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0})) return is_public_v4(v4_at(bytes, 12));
  const bool global = (bytes[0] & 0xe0) == 0x20;
  const bool protocol_assignments = begins(bytes, {0x20, 0x01}) && (bytes[2] & 0xfe) == 0;
  const bool documentation =
      begins(bytes, {0x20, 0x01, 0x0d, 0xb8}) || (begins(bytes, {0x3f, 0xff}) && bytes[2] < 0x10);
  const bool six_to_four = begins(bytes, {0x20, 0x02});
  return global && !protocol_assignments && !documentation && !six_to_four;
}

}  // namespace

bool is_public_address(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    sockaddr_in inner{};
    std::memcpy(&inner, &address, sizeof inner);
    return is_public_v4(ntohl(inner.sin_addr.s_addr));
  }
  if (address.sa_family != AF_INET6) return false;
  sockaddr_in6 inner{};
  std::memcpy(&inner, &address, sizeof inner);
  Bytes bytes{};
  std::memcpy(bytes.data(), &inner.sin6_addr, bytes.size());
  return is_public_v6(bytes);
}

}  // namespace detoy::serve
