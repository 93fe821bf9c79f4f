#include "foundation/storage/redis_store.h"

namespace detoy::foundation {
namespace {

// What would end a hash tag or part its names.
void append_escaped(std::string& to, std::string_view name) {
  for (const char c : name) {
    switch (c) {
      case '%':
        to += "%25";
        break;
      case ':':
        to += "%3A";
        break;
      case '}':
        to += "%7D";
        break;
      default:
        to += c;
    }
  }
}

}  // namespace

Result<std::unique_ptr<RedisStore>> RedisStore::make(const std::string& url, const Options& options) {
  auto parsed = RedisUrl::parse(url);
  if (!parsed) return std::unexpected(parsed.error());
  return std::unique_ptr<RedisStore>(new RedisStore(std::move(*parsed), options));
}

Result<RedisStore::Borrowed> RedisStore::borrow() {
  std::unique_lock lock(mutex_);
  const auto decided = [&] { return !gone_.empty() || !idle_.empty() || open_ < options_.connections; };
  if (!changed_.wait_for(lock, options_.connection.command_timeout, decided))
    return fail(ErrorCategory::unavailable, "Redis: all connections are in use");
  Borrowed borrowed;
  if (!gone_.empty()) {
    if (probing_ || std::chrono::steady_clock::now() < next_probe_) return fail(ErrorCategory::unavailable, gone_);
    borrowed.probe = probing_ = true;
  }
  while (!idle_.empty()) {
    borrowed.connection = std::move(idle_.back());
    idle_.pop_back();
    if (borrowed.connection->usable()) return borrowed;
    borrowed.connection = nullptr;
    --open_;
  }
  ++open_;
  return borrowed;
}

// Every call that got a place ends here, and tells whether Redis is gone. A connection that was ended says nothing yet:
// whoever opens the next one finds out.
void RedisStore::give_back(Borrowed borrowed, const Result<Rows>& answer) {
  const bool works = answer || answer.error().category != ErrorCategory::unavailable;
  const bool ended = borrowed.connection != nullptr && borrowed.connection->ended();
  {
    const std::lock_guard guard(mutex_);
    if (borrowed.connection != nullptr && borrowed.connection->usable()) {
      idle_.push_back(std::move(borrowed.connection));
    } else {
      --open_;
    }
    if (borrowed.probe) probing_ = false;
    if (works) {
      gone_.clear();
    } else if (!ended || !gone_.empty()) {
      gone_ = answer.error().message;
      next_probe_ = std::chrono::steady_clock::now() + options_.probe_every;
    }
  }
  // Nobody has to go on waiting for a connection to a Redis that is gone.
  if (works) {
    changed_.notify_one();
  } else {
    changed_.notify_all();
  }
}

template <typename Use>
Result<Rows> RedisStore::with_connection(Use&& use) {
  auto borrowed = borrow();
  if (!borrowed) return std::unexpected(borrowed.error());
  Result<Rows> answer;
  if (borrowed->connection == nullptr) {
    auto opened = RedisConnection::open(url_, options_.connection);
    if (opened) {
      borrowed->connection = std::move(*opened);
    } else {
      answer = std::unexpected(opened.error());
    }
  }
  if (borrowed->connection != nullptr) answer = use(*borrowed->connection);
  give_back(std::move(*borrowed), answer);
  return answer;
}

Result<Rows> RedisStore::run(const RedisScript& script, std::span<const std::string> keys,
                             std::span<const Param> arguments) {
  const std::string time = options_.clock == nullptr ? std::string() : std::to_string(options_.clock->load());
  std::vector<Param> command = {std::string_view("EVALSHA"), script.sha1, static_cast<std::int64_t>(keys.size())};
  command.insert(command.end(), keys.begin(), keys.end());
  command.emplace_back(std::string_view(time));
  command.insert(command.end(), arguments.begin(), arguments.end());
  return with_connection([&](RedisConnection& connection) {
    Result<Rows> answer = connection.run(command);
    if (answer || !connection.unknown_script()) return answer;
    command[0] = std::string_view("EVAL");
    command[1] = script.text;
    return connection.run(command);
  });
}

Result<Rows> RedisStore::command(std::initializer_list<Param> command) {
  return with_connection([&](RedisConnection& connection) { return connection.run(command); });
}

std::string RedisStore::key(std::string_view kind, std::initializer_list<std::string_view> tag,
                            std::string_view rest) const {
  std::string result = options_.prefix;
  result.append(kind).append(":{");
  bool first = true;
  for (const std::string_view name : tag) {
    if (!first) result += ':';
    first = false;
    append_escaped(result, name);
  }
  return result.append("}").append(rest);
}

Result<RedisStore::Settings> RedisStore::settings() {
  Settings found;
  const auto ask = [&](std::string_view name) -> Result<std::optional<std::string>> {
    const auto told = command({std::string_view("CONFIG"), std::string_view("GET"), name});
    // Not permitted, or not there, as in many a managed Redis.
    if (!told && told.error().category == ErrorCategory::internal) return std::nullopt;
    if (!told) return std::unexpected(told.error());
    if (told->empty()) return std::nullopt;
    return told->text(0, 1);
  };
  const auto append_only = ask("appendonly");
  if (!append_only) return std::unexpected(append_only.error());
  if (*append_only) found.append_only = **append_only == "yes";
  for (const auto& [name, value] :
       {std::pair{"appendfsync", &found.append_sync}, {"maxmemory-policy", &found.eviction}}) {
    auto told = ask(name);
    if (!told) return std::unexpected(told.error());
    *value = std::move(*told);
  }
  return found;
}

}  // namespace detoy::foundation
