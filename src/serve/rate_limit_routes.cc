#include <fmt/format.h>

#include "foundation/rate_limit.h"
#include "serve/json_fields.h"
#include "serve/route.h"

namespace detoy::serve {
namespace {

using foundation::RateAnswer;
using foundation::RateCheck;
using foundation::RateLimit;
using foundation::RateRule;
using foundation::RateVerdict;
using nlohmann::json;

constexpr std::size_t most_checks = 16;

struct Asked {
  std::vector<std::string> keys;
  std::vector<RateRule> rules;
  std::vector<RateCheck> checks;  // views into the two above
  std::int64_t cost = 1;
};

RateRule rule_of(Fields fields, Fields& outer) {
  RateRule rule;
  rule.name = fields.text("name");
  rule.algorithm = fields.choice("algorithm", {"token_bucket", "sliding_window"}) == 0
                       ? RateRule::Algorithm::token_bucket
                       : RateRule::Algorithm::sliding_window;
  rule.limit = fields.number("limit", 1, 1'000'000'000);
  rule.period = fields.milliseconds("period_ms").count();
  rule.burst = fields.number_or("burst", 0, 0, 1'000'000'000);
  outer.join(fields);
  return rule;
}

Result<void> read(const Call& call, Asked& asked) {
  Fields fields(call.body, call.schema);
  asked.cost = fields.number_or("cost", 1, 1, 1'000'000'000);
  for (Fields& check : fields.objects("checks", most_checks)) {
    asked.keys.push_back(check.text("key"));
    asked.rules.push_back(rule_of(check.object("rule"), check));
    fields.join(check);
  }
  for (std::size_t i = 0; i < asked.keys.size(); ++i) asked.checks.push_back({asked.keys[i], &asked.rules[i]});
  return fields.finish();
}

std::int64_t seconds(foundation::Micros micros) {
  constexpr std::int64_t in_one = 1'000'000;
  return (micros + in_one - 1) / in_one;
}

// A string of RFC 9651: names may be any text, headers only ASCII.
std::string header_string(std::string_view name) {
  std::string text = "\"";
  for (const char c : name) {
    if (c == '"' || c == '\\') text += '\\';
    text += c >= ' ' && c < 0x7f ? c : '?';
  }
  return text + '"';
}

Reply reply_of(const Asked& asked, const RateAnswer& answer) {
  Reply reply;
  reply.body = {{"allowed", answer.allowed}, {"decisive", answer.decisive}, {"verdicts", json::array()}};
  for (const RateVerdict& verdict : answer.verdicts) {
    json told = {{"allowed", verdict.allowed},
                 {"limit", verdict.limit},
                 {"remaining", verdict.remaining},
                 {"reset_after_ms", to_milliseconds(verdict.reset_after)}};
    if (verdict.retry_after) told["retry_after_ms"] = to_milliseconds(*verdict.retry_after);
    reply.body["verdicts"].push_back(std::move(told));
  }
  // For a gateway to hand on: draft-ietf-httpapi-ratelimit-headers, all checks in the fields of its revision 8 and
  // later, and the one that decided in those of revision 7 and before, which most clients still read.
  std::string policies;
  std::string limits;
  for (std::size_t i = 0; i < answer.verdicts.size(); ++i) {
    const RateRule& rule = asked.rules[i];
    const RateVerdict& verdict = answer.verdicts[i];
    const char* comma = i == 0 ? "" : ", ";
    const std::string name = header_string(rule.name);
    policies += fmt::format("{}{};q={};w={}", comma, name, rule.limit, seconds(rule.period));
    limits += fmt::format("{}{};r={};t={}", comma, name, verdict.remaining, seconds(verdict.reset_after));
  }
  reply.headers.emplace_back("RateLimit-Policy", std::move(policies));
  reply.headers.emplace_back("RateLimit", std::move(limits));
  const RateVerdict& decisive = answer.verdicts[answer.decisive];
  reply.headers.emplace_back("RateLimit-Limit", fmt::format("{}", decisive.limit));
  reply.headers.emplace_back("RateLimit-Remaining", fmt::format("{}", decisive.remaining));
  reply.headers.emplace_back("RateLimit-Reset", fmt::format("{}", seconds(decisive.reset_after)));
  if (!answer.allowed && decisive.retry_after)
    reply.headers.emplace_back("Retry-After", fmt::format("{}", seconds(*decisive.retry_after)));
  return reply;
}

Result<Reply> take(Call& call) {
  Asked asked;
  if (const auto valid = read(call, asked); !valid) return std::unexpected(valid.error());
  const auto answer = RateLimit(call.place).take(call.tenant, asked.checks, asked.cost);
  if (!answer) return std::unexpected(answer.error());
  return reply_of(asked, *answer);
}

Result<Reply> peek(Call& call) {
  Asked asked;
  if (const auto valid = read(call, asked); !valid) return std::unexpected(valid.error());
  const auto answer = RateLimit(call.place).peek(call.tenant, asked.checks, asked.cost);
  if (!answer) return std::unexpected(answer.error());
  return reply_of(asked, *answer);
}

Result<Reply> reset(Call& call) {
  Fields fields(call.body, call.schema);
  const std::string key = fields.text("key");
  if (const auto valid = fields.finish(); !valid) return std::unexpected(valid.error());
  const auto done = RateLimit(call.place).reset(call.tenant, key);
  if (!done) return std::unexpected(done.error());
  return Reply{};
}

}  // namespace

std::vector<Route> rate_limit_routes() {
  return {
      {"rate_limit", "take", "Takes permits of all checks, or of none.",
       R"({"checks": [{"key": "user-7", "rule": {"name": "login", "algorithm": "token_bucket", "limit": 5, "period_ms": 60000}}]})",
       R"({"allowed": true, "decisive": 0, "verdicts": [{"allowed": true, "limit": 5, "remaining": 4, "reset_after_ms": 12000}]})",
       take, Pace::quick},
      {"rate_limit", "peek", "Says what take would answer, and takes nothing.",
       R"({"checks": [{"key": "user-7", "rule": {"name": "login", "algorithm": "token_bucket", "limit": 5, "period_ms": 60000}}], "cost": 1})",
       R"({"allowed": true, "decisive": 0, "verdicts": [{"allowed": true, "limit": 5, "remaining": 3, "reset_after_ms": 24000}]})",
       peek, Pace::quick},
      {"rate_limit", "reset", "Gives a key all permits of all rules back.", R"({"key": "user-7"})", "{}", reset,
       Pace::quick},
  };
}

}  // namespace detoy::serve
