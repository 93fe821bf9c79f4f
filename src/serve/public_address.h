// Which addresses of the internet a stranger may make this server connect to.
#pragma once

#include <sys/socket.h>

namespace detoy::serve {

// False for anything that is not IPv4 or IPv6, and for loopback, private, link-local, multicast and reserved addresses,
// also those of IPv4 within IPv6.
bool is_public_address(const sockaddr& address);

}  // namespace detoy::serve
