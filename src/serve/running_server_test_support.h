// Runs the same tests against a server on every engine. A suite derives from OnServer and is instantiated with
// DETOY_ON_ALL_ENGINES.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <thread>

#include "foundation/conformance_test_support.h"
#include "serve/application.h"
#include "serve/http_client_test_support.h"
#include "serve/http_server.h"

namespace detoy::serve {

// A server, started before each test and stopped after it, and a key of the tenant `acme`.
class OnServer : public foundation::OnEngine {
 protected:
  explicit OnServer(HttpServer::Options options, Application::Options application_options = {})
      : options_(std::move(options)), application_options_(std::move(application_options)) {}
  ~OnServer() override {
    if (server_) server_->stop();
  }
  void SetUp() override {
    OnEngine::SetUp();
    if (IsSkipped()) return;
    application_ = std::make_unique<Application>(engine(), log_, application_options_);
    key_ = key_for({"acme", {}}, "test");
    auto server =
        HttpServer::listen(options_,
                           {.answer = [this](const Request& asked,
                                             foundation::Pause* pause) { return application_->handle(asked, pause); },
                            .quick = [this](const Request& asked) { return application_->quick(asked); },
                            .refuse = [this](const Request& asked) { return application_->refuse(asked); }},
                           application_->metrics(), log_);
    ASSERT_TRUE(server) << server.error().message;
    server_ = std::move(*server);
    thread_ = std::jthread([this] { server_->run(); });
  }

  Application& application() { return *application_; }
  HttpServer& server() { return *server_; }
  std::uint16_t port() const { return server_->port(); }
  const std::string& key() const { return key_; }
  std::string key_for(const Scope& scope, std::string_view name) { return *application_->keys().create(name, scope); }

  // The bytes of a call, and what is in the answer to one.
  std::string call(const std::string& name, const nlohmann::json& body) const {
    const std::string text = body.dump();
    return "POST /v1/" + name + " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: Bearer " +
           key_ + "\r\nContent-Length: " + std::to_string(text.size()) + "\r\n\r\n" + text;
  }
  static nlohmann::json body_of(const std::string& response) {
    return nlohmann::json::parse(response.substr(response.find("\r\n\r\n")));
  }

 private:
  HttpServer::Options options_;
  Application::Options application_options_;
  Log log_{[](std::string_view) {}};
  std::unique_ptr<Application> application_;
  std::string key_;
  std::unique_ptr<HttpServer> server_;
  std::jthread thread_;
};

}  // namespace detoy::serve
