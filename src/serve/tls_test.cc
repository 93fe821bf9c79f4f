#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "base/temporary_folder.h"
#include "serve/http_client_test_support.h"
#include "serve/http_server.h"
#include "serve/tls_identity.h"
#include "serve/tls_test_support.h"

namespace detoy::serve {
namespace {

using namespace std::chrono_literals;

constexpr const char* hello = "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n";
constexpr const char* last_hello = "GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

class TlsTest : public testing::Test {
 protected:
  TlsTest() { make_certificate(certificate(), key(), "first"); }
  ~TlsTest() override {
    if (server_) server_->stop();
  }
  std::string certificate() const { return folder_.file("certificate.pem"); }
  std::string key() const { return folder_.file("key.pem"); }
  std::string other(const std::string& name) const { return folder_.file(name); }
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_.file(name)) << text;
    return folder_.file(name);
  }
  std::string error_of(const std::string& certificate_file, const std::string& key_file) const {
    const auto loaded = TlsIdentity::load(certificate_file, key_file);
    return loaded ? "no error" : loaded.error().message;
  }
  void start(HttpServer::Options options = {}) {
    auto identity = TlsIdentity::load(certificate(), key());
    ASSERT_TRUE(identity) << identity.error().message;
    identity_ = std::move(*identity);
    options.tls = identity_;
    auto server = HttpServer::listen(options, {[](const Request& request, foundation::Pause*) {
                                       Response response;
                                       response.body = request.method + " " + request.target;
                                       return response;
                                     }},
                                     metrics_, log_);
    ASSERT_TRUE(server) << server.error().message;
    server_ = std::move(*server);
    thread_ = std::jthread([this] { server_->run(); });
  }
  TlsIdentity& identity() { return *identity_; }
  HttpServer& server() { return *server_; }
  std::uint16_t port() const { return server_->port(); }
  bool counted(const std::string& line) const { return metrics_.text().find(line) != std::string::npos; }
  // Bounded by the time that a test may take.
  void await_count(const std::string& line) const {
    while (!counted(line)) std::this_thread::yield();
  }
  void join() { thread_.join(); }

 private:
  TemporaryFolder folder_;
  Metrics metrics_;
  Log log_{[](std::string_view) {}};
  std::shared_ptr<TlsIdentity> identity_;
  std::unique_ptr<HttpServer> server_;
  std::jthread thread_;
};

TEST_F(TlsTest, RequestsAreAnsweredInOrderAndTheEndIsSaid) {
  start();
  TlsClient client(port());
  ASSERT_TRUE(client.connected());
  EXPECT_EQ(client.server_name(), "first");
  EXPECT_EQ(client.version(), "TLSv1.3");
  ASSERT_TRUE(client.send(std::string(hello) + hello + last_hello));
  bool ended_well = false;
  const std::string answers = client.rest(&ended_well);
  std::size_t count = 0;
  for (auto at = answers.find("GET /hello"); at != std::string::npos; at = answers.find("GET /hello", at + 1)) ++count;
  EXPECT_EQ(count, 3u) << answers;
  EXPECT_TRUE(ended_well);
}

TEST_F(TlsTest, VersionsBeforeOneTwoAreRefused) {
  start();
  EXPECT_EQ(TlsClient(port(), TLS1_2_VERSION).version(), "TLSv1.2");
  EXPECT_TRUE(TlsClient(port(), TLS1_2_VERSION).connected());
  EXPECT_FALSE(TlsClient(port(), TLS1_1_VERSION).connected());
  EXPECT_FALSE(TlsClient(port(), TLS1_VERSION).connected());
}

TEST_F(TlsTest, OnlyTheProtocolThatIsSpokenIsAgreedOn) {
  start();
  TlsClient speaks(port(), TLS1_3_VERSION, "http/1.1");
  EXPECT_TRUE(speaks.connected());
  EXPECT_EQ(speaks.protocol(), "http/1.1");
  EXPECT_FALSE(TlsClient(port(), TLS1_3_VERSION, "h2").connected());
}

TEST_F(TlsTest, RefusalsReachTheClient) {
  start({.body_bytes = 1000});
  TlsClient client(port());
  ASSERT_TRUE(client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3000000\r\n\r\n"));
  client.send(std::string(3'000'000, 'x'));
  EXPECT_TRUE(client.rest().starts_with("HTTP/1.1 413 "));
}

TEST_F(TlsTest, ASlowHandshakeIsEndedAndHoldsNobodyUp) {
  start({.threads = 1, .request_time = 1500ms});
  Client silent(port());
  Client slow(port());
  ASSERT_TRUE(slow.send("\x16\x03\x01"));
  TlsClient client(port());
  ASSERT_TRUE(client.send(last_hello));
  EXPECT_TRUE(client.rest().starts_with("HTTP/1.1 200 "));
  EXPECT_EQ(silent.rest(), "");
  EXPECT_EQ(slow.rest(), "");
  await_count("detoy_failed_handshakes_total 2");
}

TEST_F(TlsTest, HandshakesCountAsConnections) {
  start({.connections = 1});
  Client silent(port());
  EXPECT_FALSE(TlsClient(port()).connected());
  EXPECT_TRUE(counted("detoy_turned_away_total 1"));
}

TEST_F(TlsTest, PlainHttpIsNotAnswered) {
  start();
  Client plain(port());
  ASSERT_TRUE(plain.send(hello));
  EXPECT_EQ(plain.rest().find("HTTP/1.1"), std::string::npos);
}

TEST_F(TlsTest, StoppingClosesIdleConnectionsAndSaysSo) {
  start();
  TlsClient idle(port());
  ASSERT_TRUE(idle.send(hello));
  await_count("detoy_connections 1");
  Client silent(port());
  await_count("detoy_connections 2");
  server().stop();
  bool ended_well = false;
  idle.rest(&ended_well);
  EXPECT_TRUE(ended_well);
  EXPECT_EQ(silent.rest(), "");
  join();
}

TEST_F(TlsTest, AReplacedCertificateIsForNewConnections) {
  start();
  TlsClient before(port());
  make_certificate(certificate(), key(), "second");
  ASSERT_TRUE(identity().reload());
  EXPECT_EQ(TlsClient(port()).server_name(), "second");
  ASSERT_TRUE(before.send(last_hello));
  EXPECT_TRUE(before.rest().starts_with("HTTP/1.1 200 "));
}

TEST_F(TlsTest, ABadReplacementChangesNothing) {
  start();
  write("certificate.pem", "nonsense");
  const auto reloaded = identity().reload();
  ASSERT_FALSE(reloaded);
  EXPECT_EQ(reloaded.error().message, certificate() + ": is no certificate in PEM");
  EXPECT_EQ(TlsClient(port()).server_name(), "first");
}

TEST_F(TlsTest, FilesThatCannotBeUsedAreNamed) {
  make_certificate(other("other.pem"), other("other-key.pem"), "other");
  const std::string nowhere = other("nowhere.pem");
  EXPECT_EQ(error_of(nowhere, key()), nowhere + ": cannot be read: No such file or directory");
  EXPECT_EQ(error_of(certificate(), nowhere), nowhere + ": cannot be read: No such file or directory");
  std::filesystem::create_directory(other("folder"));
  EXPECT_EQ(error_of(other("folder"), key()), other("folder") + ": cannot be read: Is a directory");
  EXPECT_EQ(error_of(write("empty.pem", ""), key()), other("empty.pem") + ": is no certificate in PEM");
  EXPECT_EQ(error_of(key(), key()), key() + ": is no certificate in PEM");
  EXPECT_EQ(error_of(certificate(), certificate()), certificate() + ": is no private key in PEM");
  EXPECT_EQ(error_of(certificate(), other("other-key.pem")),
            other("other-key.pem") + ": is not the key of the certificate in " + certificate());
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> secret(EVP_EC_gen("P-256"), EVP_PKEY_free);
  const std::unique_ptr<std::FILE, decltype([](std::FILE* file) { std::fclose(file); })> file(
      std::fopen(other("locked.pem").c_str(), "we"));
  unsigned char passphrase[] = "open sesame";
  PEM_write_PrivateKey(file.get(), secret.get(), EVP_aes_256_cbc(), passphrase, sizeof passphrase - 1, nullptr,
                       nullptr);
  std::fflush(file.get());
  EXPECT_EQ(error_of(certificate(), other("locked.pem")), other("locked.pem") + ": the key must not have a passphrase");
  EXPECT_EQ(error_of(write("huge.pem", std::string((1 << 20) + 1, 'x')), key()),
            other("huge.pem") + ": is larger than 1048576 bytes");
}

}  // namespace
}  // namespace detoy::serve
