// Certificates and a TLS client for tests.
#pragma once

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <cstdio>
#include <memory>
#include <string>

namespace detoy::serve {

// Writes a self-signed certificate of this name and its key.
inline void make_certificate(const std::string& certificate_file, const std::string& key_file,
                             const std::string& name) {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), X509_free);
  X509_set_version(certificate.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
  X509_set_pubkey(certificate.get(), key.get());
  X509_NAME* subject = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1,
                             0);
  X509_set_issuer_name(certificate.get(), subject);
  ASSERT_GT(X509_sign(certificate.get(), key.get(), EVP_sha256()), 0);
  using File = std::unique_ptr<std::FILE, decltype([](std::FILE* file) { std::fclose(file); })>;
  const File certificate_out(std::fopen(certificate_file.c_str(), "we"));
  ASSERT_EQ(PEM_write_X509(certificate_out.get(), certificate.get()), 1);
  const File key_out(std::fopen(key_file.c_str(), "we"));
  ASSERT_EQ(PEM_write_PrivateKey(key_out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr), 1);
}

// Trusts everybody, and tells whom it met.
class TlsClient {
 public:
  using Context = boost::asio::ssl::context;
  explicit TlsClient(std::uint16_t port, int newest_version = TLS1_3_VERSION, const std::string& protocol = {})
      : stream_(io_, context_) {
    SSL_CTX_set_min_proto_version(context_.native_handle(), 0);
    SSL_set_security_level(stream_.native_handle(), 0);
    SSL_set_min_proto_version(stream_.native_handle(), TLS1_VERSION);
    SSL_set_max_proto_version(stream_.native_handle(), newest_version);
    if (!protocol.empty()) {
      const std::string list = static_cast<char>(protocol.size()) + protocol;
      SSL_set_alpn_protos(stream_.native_handle(), reinterpret_cast<const unsigned char*>(list.data()),
                          static_cast<unsigned>(list.size()));
    }
    boost::system::error_code error;
    error = stream_.next_layer().connect({boost::asio::ip::address_v4::loopback(), port}, error);
    if (!error) error = stream_.handshake(boost::asio::ssl::stream_base::client, error);
    connected_ = !error;
  }

  bool connected() const { return connected_; }
  std::string version() { return SSL_get_version(stream_.native_handle()); }
  std::string protocol() {
    const unsigned char* text = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(stream_.native_handle(), &text, &size);
    return {reinterpret_cast<const char*>(text), size};
  }
  std::string server_name() {
    const std::unique_ptr<X509, decltype(&X509_free)> peer(SSL_get1_peer_certificate(stream_.native_handle()),
                                                           X509_free);
    char name[256] = "";
    X509_NAME_get_text_by_NID(X509_get_subject_name(peer.get()), NID_commonName, name, sizeof name);
    return name;
  }
  bool send(const std::string& text) {
    boost::system::error_code error;
    boost::asio::write(stream_, boost::asio::buffer(text), error);
    return !error;
  }
  // All until the server closes. `ended_well`: it said so, as TLS wants.
  std::string rest(bool* ended_well = nullptr) {
    std::string text;
    boost::system::error_code error;
    boost::asio::read(stream_, boost::asio::dynamic_buffer(text), error);
    if (ended_well != nullptr) *ended_well = error == boost::asio::error::eof;
    return text;
  }

 private:
  boost::asio::io_context io_;
  Context context_{Context::tls_client};
  boost::asio::ssl::stream<boost::asio::ip::tcp::socket> stream_;
  bool connected_ = false;
};

}  // namespace detoy::serve
