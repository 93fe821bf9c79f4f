#include "serve/http_server.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "serve/http_client_test_support.h"
#include "serve/problem.h"

namespace detoy::serve {
namespace {

using namespace std::chrono_literals;

class HttpServerTest : public testing::Test {
 protected:
  void start(HttpServer::Options options = {}) {
    auto server =
        HttpServer::listen(options,
                           {.answer = [this](const Request& request, foundation::Pause*) { return answer(request); },
                            .refuse = [](const Request& request) -> std::optional<Response> {
                              if (request.target != "/unwanted") return std::nullopt;
                              return problem(401, "no key");
                            }},
                           metrics_, log_);
    ASSERT_TRUE(server) << server.error().message;
    server_ = std::move(*server);
    thread_ = std::jthread([this] { server_->run(); });
  }
  ~HttpServerTest() override {
    release_ = true;
    release_.notify_all();
    if (server_) server_->stop();
  }
  std::uint16_t port() const { return server_->port(); }
  HttpServer& server() { return *server_; }
  void join() { thread_.join(); }
  Response answer(const Request& request) {
    if (request.target == "/throw") throw std::runtime_error("thrown");
    if (request.target == "/wait") {
      waiting_ = true;
      waiting_.notify_all();
      release_.wait(false);
    }
    Response response;
    response.body = request.method + " " + request.target + " " + request.body;
    return response;
  }
  std::atomic<bool> waiting_ = false;
  std::atomic<bool> release_ = false;

 private:
  Metrics metrics_;
  Log log_{[](std::string_view) {}};
  std::unique_ptr<HttpServer> server_;
  std::jthread thread_;
};

TEST_F(HttpServerTest, AConnectionIsKeptForFurtherRequests) {
  start();
  Client client(port());
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(client.send("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi"));
    const std::string response = client.response();
    EXPECT_TRUE(response.starts_with("HTTP/1.1 200 OK\r\n")) << response;
    EXPECT_TRUE(response.ends_with("\r\n\r\nPOST /a hi")) << response;
  }
}

TEST_F(HttpServerTest, PipelinedRequestsAreAnsweredInOrder) {
  start();
  Client client(port());
  std::string all;
  for (int i = 0; i < 50; ++i) all += "GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: x\r\n\r\n";
  ASSERT_TRUE(client.send(all));
  for (int i = 0; i < 50; ++i) {
    EXPECT_TRUE(client.response().ends_with("GET /" + std::to_string(i) + " "));
  }
}

// More than the buffers hold, with bodies of both framings, and answers without one.
TEST_F(HttpServerTest, AMixOfManyPipelinedRequestsIsAnsweredInOrder) {
  start();
  Client client(port());
  const std::string body(700, 'b');
  constexpr int rounds = 300;
  std::string all;
  for (int i = 0; i < rounds; ++i) {
    const std::string path = "/" + std::to_string(i);
    all += "POST " + path + "/a HTTP/1.1\r\nHost: x\r\nContent-Length: 700\r\n\r\n" + body;
    all +=
        "POST " + path + "/b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2bc\r\n" + body + "\r\n0\r\n\r\n";
    all += "OPTIONS " + path + "/c HTTP/1.1\r\nHost: x\r\n\r\n";
  }
  const std::jthread sending([&] { client.send(all); });
  for (int i = 0; i < rounds; ++i) {
    const std::string path = "/" + std::to_string(i);
    ASSERT_TRUE(client.response().ends_with("POST " + path + "/a " + body)) << i;
    ASSERT_TRUE(client.response().ends_with("POST " + path + "/b " + body)) << i;
    ASSERT_TRUE(client.response().ends_with("OPTIONS " + path + "/c ")) << i;
  }
}

TEST_F(HttpServerTest, ALargeBodyThatWillBeRefusedIsNotWaitedFor) {
  start();
  for (const char* framing :
       {"Content-Length: 1000000", "Transfer-Encoding: chunked", "Content-Length: 1000000\r\nExpect: 100-continue"}) {
    Client client(port());
    ASSERT_TRUE(client.send("POST /unwanted HTTP/1.1\r\nHost: x\r\n" + std::string(framing) + "\r\n\r\n"));
    EXPECT_TRUE(client.response().starts_with("HTTP/1.1 401 ")) << framing;
  }
  Client client(port());
  ASSERT_TRUE(client.send("POST /unwanted HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi"));
  EXPECT_TRUE(client.response().ends_with("POST /unwanted hi")) << "a small one is read all the same";
}

TEST_F(HttpServerTest, OnlySoManyBytesOfLargeBodiesAreTakenAtATime) {
  start({.body_bytes = 100'000});
  std::vector<std::unique_ptr<Client>> clients;
  const std::string header = "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n";
  const std::string asking = "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\nExpect: 100-continue\r\n\r\n";
  for (int i = 0; i < 32; ++i) {
    clients.push_back(std::make_unique<Client>(port()));
    ASSERT_TRUE(clients.back()->send(asking));
    ASSERT_TRUE(clients.back()->response().starts_with("HTTP/1.1 100 Continue"));
  }
  Client one(port());
  ASSERT_TRUE(one.send(header));
  const std::string refused = one.response();
  EXPECT_TRUE(refused.starts_with("HTTP/1.1 503 ")) << refused;
  EXPECT_NE(refused.find("Retry-After: 1\r\n"), std::string::npos);
  for (const auto& client : clients) {
    ASSERT_TRUE(client->send(std::string(100'000, 'b')));
    EXPECT_TRUE(client->response().starts_with("HTTP/1.1 200 "));
  }
  Client last(port());
  ASSERT_TRUE(last.send(header + std::string(100'000, 'b')));
  EXPECT_TRUE(last.response().starts_with("HTTP/1.1 200 "));
}

TEST_F(HttpServerTest, AfterWhatIsRefusedNothingOfTheConnectionIsHeard) {
  start();
  Client client(port());
  ASSERT_TRUE(
      client.send("GET /a HTTP/1.1\r\nHost: x\r\n\r\nGET /b HTTP/1.1\r\n\r\nGET /c HTTP/1.1\r\nHost: x\r\n\r\n"));
  EXPECT_TRUE(client.response().ends_with("GET /a "));
  EXPECT_TRUE(client.response().starts_with("HTTP/1.1 400 "));
  EXPECT_EQ(client.rest(), "");
}

TEST_F(HttpServerTest, AConnectionThatStaysIdleIsClosed) {
  start({.request_time = 100ms});
  Client client(port());
  ASSERT_TRUE(client.send("GET /a HTTP/1.1\r\nHost: x\r\n\r\n"));
  EXPECT_TRUE(client.response().starts_with("HTTP/1.1 200 "));
  EXPECT_EQ(client.rest(), "");
}

TEST_F(HttpServerTest, ConnectionCloseAndHttpOneZeroAreHonoured) {
  start();
  for (const char* request : {"GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "GET /a HTTP/1.0\r\n\r\n"}) {
    Client client(port());
    ASSERT_TRUE(client.send(request));
    EXPECT_NE(client.rest().find("200 OK"), std::string::npos) << request;
  }
}

TEST_F(HttpServerTest, HeadTellsTheLengthAndSendsNoBody) {
  start();
  Client client(port());
  ASSERT_TRUE(client.send("HEAD /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"));
  const std::string response = client.rest();
  EXPECT_NE(response.find("Content-Length: 8\r\n"), std::string::npos) << response;
  EXPECT_TRUE(response.ends_with("\r\n\r\n")) << response;
}

TEST_F(HttpServerTest, ChunkedBodiesAndExpectationsWork) {
  start();
  Client client(port());
  ASSERT_TRUE(client.send("POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n"));
  EXPECT_TRUE(client.response().starts_with("HTTP/1.1 100 Continue"));
  ASSERT_TRUE(client.send("2\r\nhi\r\n4\r\n you\r\n0\r\n\r\n"));
  EXPECT_TRUE(client.response().ends_with("POST /a hi you"));
}

TEST_F(HttpServerTest, ABodyThatIsRefusedIsNotAskedFor) {
  start({.body_bytes = 1000});
  for (const char* header : {"Host: x\r\nContent-Length: 1001\r\n", "Content-Length: 10\r\n"}) {
    Client client(port());
    ASSERT_TRUE(client.send(std::string("POST /a HTTP/1.1\r\nExpect: 100-continue\r\n") + header + "\r\n"));
    EXPECT_TRUE(client.response().starts_with("HTTP/1.1 4")) << header;
    EXPECT_EQ(client.rest(), "");
  }
}

TEST_F(HttpServerTest, ABodyThatIsThereAlreadyIsNotAskedFor) {
  start();
  Client client(port());
  ASSERT_TRUE(client.send("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nExpect: 100-continue\r\n\r\n"));
  EXPECT_TRUE(client.response().starts_with("HTTP/1.1 200 "));
}

TEST_F(HttpServerTest, WhatIsNoHttpIsRefused) {
  start();
  for (const char* text :
       {"nonsense\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET /\r\n\r\n", "GET / HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"}) {
    Client client(port());
    ASSERT_TRUE(client.send(text));
    EXPECT_TRUE(client.rest().starts_with("HTTP/1.1 400 ")) << text;
  }
}

TEST_F(HttpServerTest, WhatAProxyCouldUnderstandOtherwiseIsRefused) {
  start();
  for (const char* text : {
           "GET / HTTP/1.1\r\n\r\n",
           "GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
           "GET / HTTP/1.0\r\nHost: x\r\nHost: x\r\n\r\n",
           "GET / HTTP/1.1\r\nHost: x y\r\n\r\n",
           "POST / HTTP/1.1\r\nHost: x\r\n Transfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n0\r\n\r\n",
           "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
           "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
           "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: identity\r\n\r\nhello",
           "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n",
           "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
           "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n",
           "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
           "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
           "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
       }) {
    Client client(port());
    ASSERT_TRUE(client.send(text));
    const std::string answers = client.rest();
    EXPECT_TRUE(answers.starts_with("HTTP/1.1 400 ")) << text << answers;
    EXPECT_EQ(answers.find("HTTP/1.1", 1), std::string::npos) << text << answers;
  }
}

TEST_F(HttpServerTest, ARefusalReachesWhoeverStillSends) {
  start({.body_bytes = 1000});
  Client client(port());
  ASSERT_TRUE(client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 8000000\r\n\r\n"));
  // More than the sockets hold, so that a server that closes at once resets what is under way.
  EXPECT_TRUE(client.send(std::string(8'000'000, 'x')));
  EXPECT_TRUE(client.rest().starts_with("HTTP/1.1 413 "));
}

TEST_F(HttpServerTest, LargeHeadersAndBodiesAreRefused) {
  start({.header_bytes = 1024, .body_bytes = 1000});
  Client header(port());
  ASSERT_TRUE(header.send("GET / HTTP/1.1\r\nHost: x\r\nX: " + std::string(2000, 'x') + "\r\n\r\n"));
  EXPECT_TRUE(header.rest().starts_with("HTTP/1.1 431 "));
  Client body(port());
  ASSERT_TRUE(body.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\n\r\n"));
  EXPECT_TRUE(body.rest().starts_with("HTTP/1.1 413 "));
  Client chunks(port());
  ASSERT_TRUE(chunks.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n7d0\r\n" +
                          std::string(2000, 'x') + "\r\n"));
  EXPECT_TRUE(chunks.rest().starts_with("HTTP/1.1 413 "));
}

TEST_F(HttpServerTest, ARequestThatDoesNotComeIsNotWaitedForForEver) {
  start({.request_time = 100ms});
  Client silent(port());
  EXPECT_EQ(silent.rest(), "");
  Client slow(port());
  ASSERT_TRUE(slow.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nonly this"));
  EXPECT_EQ(slow.rest(), "");
}

TEST_F(HttpServerTest, TooManyConnectionsAreToldSo) {
  start({.connections = 2});
  Client first(port());
  Client second(port());
  for (Client* client : {&first, &second}) {
    ASSERT_TRUE(client->send("GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
    EXPECT_TRUE(client->response().starts_with("HTTP/1.1 200 "));
  }
  Client third(port());
  const std::string response = third.rest();
  EXPECT_TRUE(response.starts_with("HTTP/1.1 503 ")) << response;
  EXPECT_NE(response.find("Retry-After: "), std::string::npos);
}

TEST_F(HttpServerTest, AnExceptionInACallIsAnAnswer) {
  start();
  Client client(port());
  ASSERT_TRUE(client.send("GET /throw HTTP/1.1\r\nHost: x\r\n\r\nGET /a HTTP/1.1\r\nHost: x\r\n\r\n"));
  EXPECT_TRUE(client.response().starts_with("HTTP/1.1 500 "));
  EXPECT_TRUE(client.response().starts_with("HTTP/1.1 200 "));
}

TEST_F(HttpServerTest, StoppingAnswersWhatIsUnderWayAndClosesWhatIsIdle) {
  start();
  Client busy(port());
  Client idle(port());
  ASSERT_TRUE(idle.send("GET /a HTTP/1.1\r\nHost: x\r\n\r\n"));
  EXPECT_FALSE(idle.response().empty());
  ASSERT_TRUE(busy.send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n"));
  waiting_.wait(false);
  server().stop();
  EXPECT_EQ(idle.rest(), "");
  release_ = true;
  release_.notify_all();
  EXPECT_TRUE(busy.rest().starts_with("HTTP/1.1 200 "));
  join();
  EXPECT_FALSE(Client(port()).connected());
}

TEST_F(HttpServerTest, AddressesThatCannotBeListenedOnAreNamed) {
  start();
  Metrics metrics;
  Log log;
  const auto none = HttpServer::listen({.address = "nowhere"},
                                       {[](const Request&, foundation::Pause*) { return Response(); }}, metrics, log);
  ASSERT_FALSE(none);
  EXPECT_NE(none.error().message.find("nowhere"), std::string::npos);
  const auto taken = HttpServer::listen({.address = "192.0.2.1", .port = port()},
                                        {[](const Request&, foundation::Pause*) { return Response(); }}, metrics, log);
  ASSERT_FALSE(taken);
  EXPECT_NE(taken.error().message.find("192.0.2.1"), std::string::npos);
}

}  // namespace
}  // namespace detoy::serve
