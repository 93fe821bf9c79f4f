#include "cli/serve_settings.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "base/temporary_folder.h"

namespace detoy::cli {
namespace {

class ServeSettingsTest : public testing::Test {
 protected:
  // Named detoy.yaml in the messages that are compared.
  void write(const std::string& text) { std::ofstream(path()) << text; }
  std::string path() const { return folder_.file("detoy.yaml"); }
  void use_file() { given_.config = path(); }
  void flag(const std::string& key, const std::string& value) { given_.flags[key] = value; }
  void variable(const std::string& name, const std::string& value) { variables_[name] = value; }
  Result<EffectiveSettings> settings() const {
    return effective_settings(given_, [&](const char* name) {
      const auto found = variables_.find(name);
      return found == variables_.end() ? nullptr : found->second.c_str();
    });
  }
  // Without the folder.
  std::string error() const {
    const auto made = settings();
    if (made) return "no error";
    EXPECT_EQ(made.error().category, ErrorCategory::usage);
    std::string message = made.error().message;
    if (message.starts_with(path())) message.replace(0, path().size(), "detoy.yaml");
    return message;
  }
  std::string error_of_file(const std::string& text) {
    write(text);
    use_file();
    return error();
  }

 private:
  TemporaryFolder folder_;
  GivenSettings given_;
  std::map<std::string, std::string> variables_;
};

TEST_F(ServeSettingsTest, WithoutAnythingAllHaveTheirDefaults) {
  const auto made = settings();
  ASSERT_TRUE(made);
  EXPECT_TRUE(made->origins.empty());
  EXPECT_EQ(made->options.store, "sqlite:detoy.db");
  EXPECT_EQ(made->options.port, 7420);
  EXPECT_EQ(made->options.request_time, std::chrono::seconds(30));
}

TEST_F(ServeSettingsTest, DefaultsAreWithinTheirOwnBounds) {
  write(to_yaml({}));
  use_file();
  const auto made = settings();
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(made->origins.size(), serve_settings().size());
}

TEST_F(ServeSettingsTest, FlagsDecideBeforeVariablesBeforeTheFile) {
  write("port: 1\nthreads: 1\nconnections: 1\nrequest_time_ms: 1234\n");
  use_file();
  variable("DETOY_PORT", "2");
  variable("DETOY_THREADS", "2");
  flag("port", "3");
  const auto made = settings();
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(made->options.port, 3);
  EXPECT_EQ(made->options.threads, 2);
  EXPECT_EQ(made->options.connections, 1);
  EXPECT_EQ(made->options.request_time, std::chrono::milliseconds(1234));
  EXPECT_EQ(made->origins.at("port"), "--port");
  EXPECT_EQ(made->origins.at("threads"), "DETOY_THREADS");
  EXPECT_EQ(made->origins.at("connections"), path() + ":3");
  EXPECT_FALSE(made->origins.contains("store"));
}

TEST_F(ServeSettingsTest, AVariableMayNameTheFileAndAFlagAnother) {
  write("port: 1\n");
  variable("DETOY_CONFIG", path());
  EXPECT_EQ(settings()->options.port, 1);
  variable("DETOY_CONFIG", "/nowhere");
  EXPECT_EQ(error(), "/nowhere: cannot be read");
  use_file();
  EXPECT_EQ(settings()->options.port, 1);
}

TEST_F(ServeSettingsTest, AnEmptyFileAndEmptyVariablesSayNothing) {
  write("");
  use_file();
  variable("DETOY_PORT", "");
  ASSERT_TRUE(settings());
  EXPECT_TRUE(settings()->origins.empty());
}

TEST_F(ServeSettingsTest, WhatIsWrongIsToldWithItsPlaceItsValueAndItsBounds) {
  flag("port", "70000");
  EXPECT_EQ(error(), "--port: port must be a whole number between 0 and 65535, not '70000'");
  flag("port", "1");
  variable("DETOY_REQUEST_TIME_MS", "10s");
  EXPECT_EQ(error(),
            "DETOY_REQUEST_TIME_MS: request_time_ms must be a whole number between 100 and 3600000, not '10s'");
  variable("DETOY_REQUEST_TIME_MS", "");
  EXPECT_EQ(error_of_file("port: 1\n\nthreads: 0\n"),
            "detoy.yaml:3: threads must be a whole number between 1 and 1024, not '0'");
  for (const char* value : {"''", "-1", "1.5", "0x10", "99999999999999999999", "+5", "' 5'", "5 5"}) {
    EXPECT_TRUE(error_of_file(std::string("threads: ") + value).starts_with("detoy.yaml:1: threads must be")) << value;
  }
  EXPECT_EQ(error_of_file("address: localhost"),
            "detoy.yaml:1: address must be an IPv4 or IPv6 address, not 'localhost'");
  EXPECT_EQ(error_of_file("address: \"a\\nb\\e" + std::string(100, 'c') + "\""),
            "detoy.yaml:1: address must be an IPv4 or IPv6 address, not 'a?b?" + std::string(60, 'c') + "...'");
}

TEST_F(ServeSettingsTest, WhatIsOverruledMustBeValidToo) {
  flag("port", "1");
  variable("DETOY_PORT", "one");
  EXPECT_TRUE(error().starts_with("DETOY_PORT: "));
}

TEST_F(ServeSettingsTest, AFileThatIsNoMapOfKnownSettingsIsRefused) {
  EXPECT_EQ(error_of_file("port: 1\nprot: 2\n"), "detoy.yaml:2: there is no setting 'prot'; the nearest is port");
  EXPECT_EQ(error_of_file("request-time-ms: 2\n"),
            "detoy.yaml:1: there is no setting 'request-time-ms'; the nearest is request_time_ms");
  EXPECT_EQ(error_of_file("port: 1\nport: 2\n"), "detoy.yaml:2: key 'port' is given twice");
  EXPECT_EQ(error_of_file("port: [1]\n"), "detoy.yaml:1: port must be one value");
  EXPECT_EQ(error_of_file("port:\n"), "detoy.yaml:1: port must be one value");
  EXPECT_EQ(error_of_file("- port\n"), "detoy.yaml:1: must have settings as key: value");
  EXPECT_TRUE(error_of_file("port: {").starts_with("detoy.yaml:"));
  EXPECT_TRUE(error_of_file(std::string("port: \0", 7)).starts_with("detoy.yaml:1: not a text file"));
}

TEST_F(ServeSettingsTest, WhatMayHoldAPasswordIsNeverShown) {
  flag("store", "mysql://shop:hunter2@host/shop");
  EXPECT_EQ(error(), "--store: store must be sqlite:PATH or postgres://USER@HOST/DATABASE; what is there is not shown");
  flag("store", "postgres://shop:hunter2@host/shop");
  const std::string told = to_yaml(*settings());
  EXPECT_EQ(told.find("hunter2"), std::string::npos);
  EXPECT_NE(told.find("store: \"postgres:(not shown)\"  # --store\n"), std::string::npos) << told;
}

TEST_F(ServeSettingsTest, CertificateAndKeyNeedEachOther) {
  flag("tls_certificate", "c.pem");
  EXPECT_EQ(error(), "--tls-certificate: tls_certificate needs tls_key");
  flag("tls_certificate", "");
  EXPECT_EQ(error_of_file("tls_key: k.pem"), "detoy.yaml:1: tls_key needs tls_certificate");
  flag("tls_certificate", "c.pem");
  EXPECT_EQ(error(), "no error");
}

TEST_F(ServeSettingsTest, ThreadsAreLeftWhenAllSeatsAreTaken) {
  flag("waiting_seats", "8");
  variable("DETOY_THREADS", "8");
  EXPECT_EQ(error(), "--waiting-seats: waiting_seats must be less than threads, which is 8");
  flag("waiting_seats", "7");
  EXPECT_EQ(error(), "no error");
}

TEST_F(ServeSettingsTest, TheDocumentationHasTheTable) {
  std::ifstream file(DETOY_SOURCE "/docs/serve.md");
  std::stringstream text;
  text << file.rdbuf();
  EXPECT_NE(text.str().find("\n\n" + settings_table() + "\n"), std::string::npos)
      << "docs/serve.md must have this table:\n\n"
      << settings_table();
}

}  // namespace
}  // namespace detoy::cli
