// Where a Redis server is, and who asks it.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace detoy::foundation {

struct RedisUrl {
  std::string host = {};
  std::uint16_t port = 6379;
  std::string socket = {};  // a path, instead of host and port
  std::string user = {};
  std::string password = {};
  int database = 0;

  // redis://[[user]:password@]host[:port][/database], in which user and password may have %XX; or unix:PATH. Errors of
  // category usage name what may stand there, and never show the URL, which may hold a password.
  static Result<RedisUrl> parse(const std::string& url);
};

}  // namespace detoy::foundation
