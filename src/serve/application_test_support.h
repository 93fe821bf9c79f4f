// What the tests of an application have in common: one on each place, with a key of a tenant.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>

#include "foundation/place_test_support.h"
#include "serve/application.h"

namespace detoy::serve {

// The value of a header; empty if it is not there.
inline std::string header(const Response& response, std::string_view wanted) {
  for (const auto& [name, value] : response.headers) {
    if (name == wanted) return value;
  }
  return {};
}

class OnApplication : public foundation::OnPlace {
 protected:
  void SetUp() override {
    OnPlace::SetUp();
    if (IsSkipped()) return;
    RedisUse redis = *RedisUse::read({}, {});
    redis.store = place().redis();
    application_ = std::make_unique<Application>(
        engine(), log_, Application::Options{.redis = redis, .upkeep_every = std::chrono::milliseconds(20)});
    key_ = key_for({"acme", {}}, "test");
  }
  Application& application() { return *application_; }
  std::string key_for(const Scope& scope, std::string_view name) {
    const auto key = application_->keys().create(name, scope);
    EXPECT_TRUE(key) << (key ? "" : key.error().message);
    return key.value_or("");
  }
  Request request_for(const std::string& path, std::string_view body) const {
    return {"POST", path, "Bearer " + key_, "application/json", "", std::string(body)};
  }
  Response post(const std::string& path, std::string_view body) {
    return application_->handle(request_for(path, body));
  }
  Response get(const std::string& path) { return application_->handle({"GET", path, "", "", "", ""}); }
  const std::string& logged() const { return logged_; }
  void use_key(std::string key) { key_ = std::move(key); }

 private:
  std::string logged_;
  Log log_{[this](std::string_view line) { logged_ += line; }};
  std::unique_ptr<Application> application_;
  std::string key_;
};

}  // namespace detoy::serve
