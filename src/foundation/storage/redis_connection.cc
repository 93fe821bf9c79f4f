#include "foundation/storage/redis_connection.h"

#include <fmt/format.h>
#include <hiredis.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <vector>

namespace detoy::foundation {
namespace {

timeval timeval_of(std::chrono::milliseconds duration) {
  const auto whole = std::chrono::duration_cast<std::chrono::seconds>(duration);
  return {whole.count(), std::chrono::microseconds(duration - whole).count()};
}

// One line, without what the server quotes of the command.
std::string_view without_arguments(std::string_view told) {
  told = told.substr(0, told.find_first_of("\r\n"));
  return told.substr(0, told.find(", with args beginning with"));
}

// Answers of a server that is there, but does not do its work as it is now: first words of its errors.
bool refuses_work(std::string_view told) {
  constexpr std::array words =
      std::to_array<std::string_view>({"LOADING", "BUSY", "READONLY", "OOM", "MISCONF", "MASTERDOWN", "NOREPLICAS",
                                       "CLUSTERDOWN", "TRYAGAIN", "MOVED", "ASK", "NOAUTH", "WRONGPASS"});
  const std::string_view word = told.substr(0, told.find(' '));
  return std::find(words.begin(), words.end(), word) != words.end() ||
         told.starts_with("ERR max number of clients reached");
}

bool is_flat(const redisReply& reply) {
  return reply.type == REDIS_REPLY_INTEGER || reply.type == REDIS_REPLY_STRING || reply.type == REDIS_REPLY_STATUS ||
         reply.type == REDIS_REPLY_NIL;
}

Rows::Cell cell_of(const redisReply& reply) {
  if (reply.type == REDIS_REPLY_NIL) return nullptr;
  if (reply.type == REDIS_REPLY_INTEGER) return std::int64_t{reply.integer};
  return std::string(reply.str, reply.len);
}

struct FreeReply {
  void operator()(redisReply* reply) const { freeReplyObject(reply); }
};
using OwnedReply = std::unique_ptr<redisReply, FreeReply>;

}  // namespace

RedisConnection::~RedisConnection() {
  if (context_ != nullptr) redisFree(context_);
}

Result<std::unique_ptr<RedisConnection>> RedisConnection::open(const RedisUrl& url, const Options& options) {
  const timeval patience = timeval_of(options.connect_timeout);
  std::unique_ptr<RedisConnection> connection(
      new RedisConnection(url.socket.empty() ? redisConnectWithTimeout(url.host.c_str(), url.port, patience)
                                             : redisConnectUnixWithTimeout(url.socket.c_str(), patience)));
  if (connection->context_ == nullptr) return fail(ErrorCategory::unavailable, "Redis: out of memory");
  if (connection->context_->err != 0) return connection->broken("cannot connect");
  if (redisSetTimeout(connection->context_, timeval_of(options.command_timeout)) != REDIS_OK)
    return connection->broken("cannot connect");
  if (!url.password.empty()) {
    std::vector<Param> command = {std::string_view("AUTH")};
    if (!url.user.empty()) command.emplace_back(std::string_view(url.user));
    command.emplace_back(std::string_view(url.password));
    if (const auto let_in = connection->run(command); !let_in) {
      return fail(ErrorCategory::unavailable,
                  connection->broken_ ? let_in.error().message : "Redis: refuses the user or the password");
    }
  }
  if (url.database != 0) {
    const std::array command = {Param(std::string_view("SELECT")), Param(std::int64_t{url.database})};
    const auto chosen = connection->run(command);
    if (!chosen) return fail(ErrorCategory::unavailable, chosen.error().message);
  }
  return connection;
}

bool RedisConnection::usable() const {
  if (broken_) return false;
  // Nobody asked, so whatever there is to read tells that the server has ended the connection.
  pollfd waiting{context_->fd, POLLIN, 0};
  return ::poll(&waiting, 1, 0) == 0;
}

std::unexpected<Error> RedisConnection::broken(const char* doing) {
  broken_ = true;
  const bool timeout = context_->err == REDIS_ERR_IO && (errno == EAGAIN || errno == EWOULDBLOCK);
  ended_ = !timeout;
  return fail(ErrorCategory::unavailable,
              fmt::format("Redis: {}: {}", doing, timeout ? "it does not answer in time" : context_->errstr));
}

// By our own hands, since hiredis lets a closed connection kill the process by SIGPIPE.
Result<void> RedisConnection::send(std::span<const Param> command) {
  std::vector<std::array<char, 24>> digits(command.size());
  std::vector<const char*> values(command.size());
  std::vector<std::size_t> sizes(command.size());
  for (std::size_t i = 0; i < command.size(); ++i) {
    std::string_view text;
    if (const auto* number = std::get_if<std::int64_t>(&command[i])) {
      char* begin = digits[i].data();
      text = {begin, std::to_chars(begin, begin + digits[i].size(), *number).ptr};
    } else if (const auto* given = std::get_if<std::string_view>(&command[i])) {
      text = *given;
    } else if (const auto* bytes = std::get_if<Bytes>(&command[i])) {
      text = bytes->data;
    }
    values[i] = text.empty() ? "" : text.data();
    sizes[i] = text.size();
  }
  char* made = nullptr;
  const int size = redisFormatCommandArgv(&made, static_cast<int>(command.size()), values.data(), sizes.data());
  if (size < 0) return fail(ErrorCategory::internal, "Redis: a command could not be written");
  const std::unique_ptr<char, decltype(&redisFreeCommand)> owned(made, redisFreeCommand);
  std::string_view left(made, static_cast<std::size_t>(size));
  while (!left.empty()) {
    const ssize_t sent = ::send(context_->fd, left.data(), left.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) {
      broken_ = true;
      ended_ = errno != EAGAIN && errno != EWOULDBLOCK;
      return fail(ErrorCategory::unavailable, "Redis: a command could not be sent");
    }
    left.remove_prefix(static_cast<std::size_t>(sent));
  }
  return {};
}

Error RedisConnection::refused(std::string_view told) {
  unknown_script_ = told.starts_with("NOSCRIPT");
  return {refuses_work(told) ? ErrorCategory::unavailable : ErrorCategory::internal,
          fmt::format("Redis: {}", without_arguments(told))};
}

Result<Rows> RedisConnection::rows_of(const redisReply& reply) {
  if (reply.type == REDIS_REPLY_ERROR) return std::unexpected(refused({reply.str, reply.len}));
  const std::size_t columns = reply.type == REDIS_REPLY_ARRAY ? reply.elements : 1;
  Rows rows(columns);
  for (std::size_t i = 0; i < columns; ++i) {
    const redisReply& cell = reply.type == REDIS_REPLY_ARRAY ? *reply.element[i] : reply;
    if (!is_flat(cell)) return fail(ErrorCategory::internal, "Redis: an answer has a type that nobody asked for");
    rows.add(cell_of(cell));
  }
  return rows;
}

Result<Rows> RedisConnection::run(std::span<const Param> command) {
  unknown_script_ = false;
  if (const auto sent = send(command); !sent) return std::unexpected(sent.error());
  void* answer = nullptr;
  if (redisGetReply(context_, &answer) != REDIS_OK) return broken("no answer");
  const OwnedReply reply(static_cast<redisReply*>(answer));
  return rows_of(*reply);
}

}  // namespace detoy::foundation
