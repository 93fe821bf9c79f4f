#include "serve/tls_identity.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <array>
#include <boost/asio/ssl/context.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string_view>
#include <utility>

namespace detoy::serve {
namespace {

namespace ssl = boost::asio::ssl;

using Bio = std::unique_ptr<BIO, decltype([](BIO* bio) { BIO_free(bio); })>;
using Key = std::unique_ptr<EVP_PKEY, decltype([](EVP_PKEY* key) { EVP_PKEY_free(key); })>;
using File = std::unique_ptr<std::FILE, decltype([](std::FILE* file) { std::fclose(file); })>;

Result<std::string> read_whole(const std::string& path) {
  constexpr std::size_t most = std::size_t{1} << 20;
  const auto unreadable = [&] {
    return fail(ErrorCategory::usage, fmt::format("{}: cannot be read: {}", path, std::strerror(errno)));
  };
  const File file(std::fopen(path.c_str(), "rbe"));
  if (!file) return unreadable();
  std::string text;
  std::array<char, 4096> part{};
  while (const std::size_t got = std::fread(part.data(), 1, part.size(), file.get())) {
    text.append(part.data(), got);
    if (text.size() > most) return fail(ErrorCategory::usage, fmt::format("{}: is larger than {} bytes", path, most));
  }
  if (std::ferror(file.get()) != 0) return unreadable();
  return text;
}

// Without this OpenSSL would ask for a passphrase on the terminal.
int no_passphrase(char*, int, int, void* asked) {
  *static_cast<bool*>(asked) = true;
  return -1;
}

Result<Key> read_key(const std::string& text, const std::string& path) {
  const Bio bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  bool asked = false;
  Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, &asked));
  ERR_clear_error();
  if (asked) return fail(ErrorCategory::usage, fmt::format("{}: the key must not have a passphrase", path));
  if (!key) return fail(ErrorCategory::usage, fmt::format("{}: is no private key in PEM", path));
  return key;
}

// Of what the client offers; the answer must be named if it named any.
int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* size, const unsigned char* offered,
                    unsigned offered_size, void*) {
  static constexpr unsigned char spoken[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  unsigned char* found = nullptr;
  const int agreed = SSL_select_next_proto(&found, size, spoken, sizeof spoken, offered, offered_size);
  *chosen = found;
  return agreed == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

Result<std::shared_ptr<ssl::context>> read_context(const std::string& certificate_file, const std::string& key_file) {
  const auto certificate = read_whole(certificate_file);
  if (!certificate) return std::unexpected(certificate.error());
  const auto key_text = read_whole(key_file);
  if (!key_text) return std::unexpected(key_text.error());
  const auto key = read_key(*key_text, key_file);
  if (!key) return std::unexpected(key.error());

  auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  SSL_CTX* native = context->native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_options(native, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_alpn_select_cb(native, choose_protocol, nullptr);
  boost::system::error_code error;
  error = context->use_certificate_chain(boost::asio::buffer(*certificate), error);
  ERR_clear_error();
  if (error) return fail(ErrorCategory::usage, fmt::format("{}: is no certificate in PEM", certificate_file));
  const bool fits = X509_check_private_key(SSL_CTX_get0_certificate(native), key->get()) == 1 &&
                    SSL_CTX_use_PrivateKey(native, key->get()) == 1;
  ERR_clear_error();
  if (!fits) {
    return fail(ErrorCategory::usage,
                fmt::format("{}: is not the key of the certificate in {}", key_file, certificate_file));
  }
  return context;
}

}  // namespace

TlsIdentity::TlsIdentity(std::string certificate_file, std::string key_file)
    : certificate_file_(std::move(certificate_file)), key_file_(std::move(key_file)) {}

Result<std::shared_ptr<TlsIdentity>> TlsIdentity::load(std::string certificate_file, std::string key_file) {
  std::shared_ptr<TlsIdentity> identity(new TlsIdentity(std::move(certificate_file), std::move(key_file)));
  if (const auto read = identity->reload(); !read) return std::unexpected(read.error());
  return identity;
}

Result<void> TlsIdentity::reload() {
  auto context = read_context(certificate_file_, key_file_);
  if (!context) return std::unexpected(context.error());
  const std::lock_guard guard(mutex_);
  context_ = std::move(*context);
  return {};
}

std::shared_ptr<ssl::context> TlsIdentity::context() const {
  const std::lock_guard guard(mutex_);
  return context_;
}

}  // namespace detoy::serve
