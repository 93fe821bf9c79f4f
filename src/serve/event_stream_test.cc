#include <gtest/gtest.h>

#include <thread>

#include "serve/query_string.h"
#include "serve/running_server_test_support.h"

namespace detoy::serve {
namespace {

using foundation::EngineKind;
using foundation::name_of_engine;
using nlohmann::json;
using namespace std::chrono_literals;

class EventStreamTest : public OnServer {
 protected:
  // One thread only: a stream that held it would keep all others from being answered.
  EventStreamTest() : OnServer({.threads = 1, .stream_time = 300ms}, {.streams = 3}) {}

  static std::string request(const std::string& query, const std::string& key, const std::string& header = "") {
    return "GET /v1/event/stream" + query + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + key + "\r\n" + header +
           "\r\n";
  }
  static void publish(Application& application, const std::string& key, const std::string& id,
                      const std::string& of = "", const std::string& data = "") {
    const json body = {
        {"topic", "orders"},
        {"events", {{{"source", "/shop"}, {"type", "t"}, {"id", id}, {"partitionkey", of}, {"data", data}}}}};
    const Response response =
        application.handle({"POST", "/v1/event/publish", "Bearer " + key, "application/json", "", body.dump()});
    EXPECT_EQ(response.status, 200) << response.body;
  }
  void publish(const std::string& id, const std::string& of = "x", const std::string& data = "") {
    publish(application(), key(), id, of, data);
  }
  std::string status_of(const std::string& text) {
    Client client(port());
    EXPECT_TRUE(client.send(text));
    return client.response().substr(9, 3);
  }
};
DETOY_ON_ALL_ENGINES(EventStreamTest);

TEST_P(EventStreamTest, BeginsWithWhatIsPublishedFromNowOn) {
  publish("before");
  Client client(port());
  ASSERT_TRUE(client.send(request("?topic=orders", key())));
  ASSERT_TRUE(client.until("\r\n\r\nretry: 1000\nid: 1\n\n"));
  publish("after", "ann", "two\nlines");
  ASSERT_TRUE(client.until("\n\nid: 2\ndata: {"));
  ASSERT_TRUE(client.until("}\n\n"));
  application().drain();
  const std::string all = client.rest();
  EXPECT_NE(all.find("Content-Type: text/event-stream\r\n"), std::string::npos);
  EXPECT_EQ(all.find("before"), std::string::npos);
  const auto at = all.find("data: ") + 6;
  const json event = json::parse(all.substr(at, all.find('\n', at) - at));
  EXPECT_EQ(event["id"], "after");
  EXPECT_EQ(event["data"], "two\nlines");
}

TEST_P(EventStreamTest, GoesOnBehindThePositionThatIsAskedFor) {
  for (const char* id : {"one", "two", "three"}) publish(id);
  const auto count = [&](const std::string& query, const std::string& header = "") {
    Client client(port());
    EXPECT_TRUE(client.send(request(query, key(), header)));
    EXPECT_TRUE(client.until("\"three\""));
    const std::string& text = client.received();
    int events = 0;
    for (auto at = text.find("data: "); at != std::string::npos; at = text.find("data: ", at + 1)) ++events;
    return events;
  };
  EXPECT_EQ(count("?topic=orders&after=0"), 3);
  EXPECT_EQ(count("?topic=orders&after=2"), 1);
  EXPECT_EQ(count("?topic=orders&after=0", "Last-Event-ID: 1\r\n"), 2);
}

TEST_P(EventStreamTest, OfAKeyOnlyItsEventsCome) {
  publish("anns", "ann & co");
  publish("bobs", "bob");
  publish("anns second", "ann & co");
  Client client(port());
  ASSERT_TRUE(client.send(request("?topic=orders&after=0&key=ann+%26%20co", key())));
  ASSERT_TRUE(client.until("anns second"));
  EXPECT_EQ(client.received().find("bobs"), std::string::npos);
}

TEST_P(EventStreamTest, EventsOfAnotherInstanceCome) {
  const auto other_engine = open();
  Log log{[](std::string_view) {}};
  Application other(*other_engine, log, {});
  Client client(port());
  ASSERT_TRUE(client.send(request("?topic=orders", key())));
  ASSERT_TRUE(client.until("retry"));
  publish(other, key(), "elsewhere");
  EXPECT_TRUE(client.until("elsewhere"));
}

TEST_P(EventStreamTest, OpenStreamsHoldNoThreadAndAreCounted) {
  {
    std::vector<std::unique_ptr<Client>> open;
    for (int i = 0; i < 3; ++i) {
      open.push_back(std::make_unique<Client>(port()));
      ASSERT_TRUE(open.back()->send(request("?topic=orders", key())));
      ASSERT_TRUE(open.back()->until("retry"));
    }
    EXPECT_EQ(status_of(request("?topic=orders", key())), "503");
    EXPECT_EQ(status_of("GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"), "200");
    publish("to all");
    for (const auto& client : open) EXPECT_TRUE(client->until("to all"));
  }
  // Nobody listens any more, which the next events show.
  for (int i = 0; status_of(request("?topic=orders", key())) != "200"; ++i) publish(std::to_string(i));
}

TEST_P(EventStreamTest, WhoDoesNotReadIsDropped) {
  // More than the buffers of both sides hold.
  const std::string much(1 << 20, 'x');
  for (int i = 0; i < 12; ++i) publish(std::to_string(i), "x", much);
  Client lazy(port());
  ASSERT_TRUE(lazy.send(request("?topic=orders&after=0", key())));
  ASSERT_TRUE(lazy.until("retry"));
  EXPECT_NE(application().metrics().text().find("detoy_connections 1\n"), std::string::npos);
  while (application().metrics().text().find("detoy_connections 0\n") == std::string::npos)
    std::this_thread::sleep_for(1ms);
}

TEST_P(EventStreamTest, DrainingEndsStreams) {
  Client client(port());
  ASSERT_TRUE(client.send(request("?topic=orders", key())));
  ASSERT_TRUE(client.until("retry"));
  server().stop();
  client.rest();
  EXPECT_FALSE(Client(port()).connected());
}

TEST_P(EventStreamTest, ARemovedKeyEndsTheStream) {
  Client client(port());
  ASSERT_TRUE(client.send(request("?topic=orders", key())));
  ASSERT_TRUE(client.until("retry"));
  ASSERT_EQ(application().keys().remove("test"), true);
  client.rest();
}

TEST_P(EventStreamTest, OtherTenantsHearNothing) {
  const std::string own = key_for({"other", {}}, "other");
  Client client(port());
  ASSERT_TRUE(client.send(request("?topic=orders&after=0", own)));
  ASSERT_TRUE(client.until("retry"));
  publish("secret");
  publish(application(), own, "own");
  ASSERT_TRUE(client.until("own"));
  EXPECT_EQ(client.received().find("secret"), std::string::npos);
}

TEST_P(EventStreamTest, WhatIsNoStreamIsRefused) {
  const std::string narrow = key_for({"acme", {"lock"}}, "narrow");
  EXPECT_EQ(status_of(request("?topic=orders", "nonsense")), "401");
  EXPECT_EQ(status_of(request("?topic=orders", narrow)), "403");
  EXPECT_EQ(status_of("POST /v1/event/stream?topic=orders HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n"), "405");
  for (const char* query : {"", "?topic=", "?topic=a&topic=b", "?topic=a&more=1", "?topic=%zz", "?topic=a%0a",
                            "?topic=a&after=-1", "?topic=a&after=1x", "?topic=a&after=99999999999999999999"})
    EXPECT_EQ(status_of(request(query, key())), "400") << query;
  EXPECT_EQ(status_of(request("?topic=a", key(), "Last-Event-ID: x\r\n")), "400");
}

TEST(QueryString, IsDecoded) {
  const auto query = query_of("/path?a=b%20c+d&empty=&flag&%61b=%C3%A4");
  ASSERT_TRUE(query);
  EXPECT_EQ(*query,
            (std::map<std::string, std::string>{{"a", "b c d"}, {"empty", ""}, {"flag", ""}, {"ab", "\xc3\xa4"}}));
  EXPECT_TRUE(query_of("/path")->empty());
  for (const char* target : {"/?a=%", "/?a=%4", "/?a=%4g", "/?a=1&a=2"}) EXPECT_FALSE(query_of(target)) << target;
}

}  // namespace
}  // namespace detoy::serve
